"""Estimator "alpha": how consistently the items of a scale measure one thing (Cronbach's alpha).

The interval is Feldt's (1965, Psychometrika 30:357): with n people and k items, the true 1 - alpha
over the one found follows an F distribution with n - 1 and (n - 1) (k - 1) degrees of freedom.
Responses of one person count as one, which makes it a little too wide rather than too narrow.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl
from scipy import special

from pipelines.claims.claim_estimate import CONF_LEVEL, ClaimEstimate, Counts, guarded, no_data
from pipelines.claims.frames import ClaimInputs, Parameters
from pipelines.contracts.claims import EstimateSpec

__all__ = ["AlphaParameters", "alpha", "feldt"]


class AlphaParameters(Parameters):
    """Whose items: the questionnaire scale that stands for this landing column."""

    stands_for: str


def alpha(spec: EstimateSpec, parameters: AlphaParameters, inputs: ClaimInputs) -> ClaimEstimate:
    """Tell the alpha of the scale with the most complete responses.

    The frame has `instrument`, `scale`, `stands_for`, `n_items`, `n_people`, `n_complete` and
    `cronbach_alpha`.
    """
    known = inputs.frames[spec.frame].filter(
        pl.col("stands_for") == parameters.stands_for, pl.col("cronbach_alpha").is_not_null()
    )
    if known.is_empty():
        return no_data("scores were delivered without the items that they are made of")
    row = known.sort("n_complete", "instrument", "scale", descending=[True, False, False]).row(
        0, named=True
    )
    n_people = min(row["n_people"], row["n_complete"])
    found = ClaimEstimate(
        exposure=f"{row['instrument']} {row['scale']}".replace("_", " "),
        n_people=n_people,
        estimate=row["cronbach_alpha"],
    )
    if n_people >= 2 and row["n_items"] >= 2:
        low, high = feldt(row["cronbach_alpha"], n_people, row["n_items"])
        # No standard error is told: the interval isn't symmetric. `guarded` asks for one.
        found = replace(found, conf_low=low, conf_high=high, std_error=(high - low) / 4)
    shown = guarded(found, Counts(n_people, n_people), inputs.minimum)
    return replace(shown, std_error=None)


def feldt(found: float, n_people: int, n_items: int) -> tuple[float, float]:
    """Return the limits of an alpha over so many people and items, two of each at least."""
    degrees = (n_people - 1, (n_people - 1) * (n_items - 1))
    tail = (1.0 - CONF_LEVEL) / 2.0
    low = 1.0 - (1.0 - found) * float(special.fdtri(*degrees, 1.0 - tail))
    high = 1.0 - (1.0 - found) * float(special.fdtri(*degrees, tail))
    return low, high
