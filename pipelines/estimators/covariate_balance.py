"""How alike the arms are on each characteristic, before and after weighting.

The standardised mean difference is (mean in arm a - mean in arm b) / s, where s is the root of the
mean of the two arms' variances *before* weighting, both times, so that only the means move (Austin
2009, Stat Med 28:3083). A category gives one difference per level, on its 0/1 indicator. A number
is compared among those for whom it is known, and a level "unknown" compares how often it isn't.
Levels are shown with at least `min_group` people; smaller ones are put together, and fewer
unknown numbers than that get no row.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.core.limits import ALIKE
from pipelines.core.status import NO_DATA, SHOWN
from pipelines.estimators.cohort import People
from pipelines.estimators.design_fit import DesignFit
from pipelines.estimators.kernels.design_matrix import UNKNOWN_LEVEL, levels_of, numbers_of
from pipelines.estimators.kernels.survival import Bools, Floats
from pipelines.estimators.results import COVARIATE_BALANCE_SCHEMA, ComparisonSpec, Covariate

_ROUNDING = 1e-12
"""What sums of people's values may differ by for their order alone."""
SMALL_LEVELS = "those of few people, together"
"""Name of the row that holds every level too small to be shown."""


def covariate_balance(people: People, spec: ComparisonSpec, fit: DesignFit) -> pl.DataFrame:
    """Return one row per number and per level of a category.

    `smd_after` is NULL too where the design's weights don't exist.
    """
    has_weights = fit.weight_summary["mean_weight"].is_not_null().any()
    rows = []
    for covariate in spec.covariates:
        for level, values in _columns(people.frame, covariate, spec.min_group):
            before = standardised_difference(values, people.is_a, np.ones(len(people)))
            after = standardised_difference(values, people.is_a, fit.weights)
            rows.append(
                {
                    "design": fit.design,
                    "covariate": covariate.name,
                    "level": level,
                    "label": covariate.label,
                    "smd_before": before,
                    "smd_after": after if has_weights else None,
                    "status": SHOWN if before is not None else NO_DATA,
                    "reason": None,
                }
            )
    return with_alike(pl.DataFrame(rows, schema=COVARIATE_BALANCE_SCHEMA))


def with_alike(balance: pl.DataFrame) -> pl.DataFrame:
    """Say of each row whether the arms are alike in it: by the difference before any rounding."""
    return balance.with_columns(
        is_alike_before=pl.col("smd_before").abs() <= ALIKE,
        is_alike_after=pl.col("smd_after").abs() <= ALIKE,
    )


def _columns(
    frame: pl.DataFrame, covariate: Covariate, min_group: int
) -> Iterator[tuple[str | None, Floats]]:
    """Yield (level or None, values (n,)) of a covariate; NaN where a number is unknown."""
    if covariate.kind == "categorical":
        levels = _with_small_together(levels_of(frame, covariate.column), min_group)
        for name in np.unique(levels):
            yield str(name), (levels == name).astype(np.float64)
        return
    values = numbers_of(frame, covariate.column)
    unknown = np.isnan(values)
    yield None, values
    if unknown.sum() >= max(min_group, 1):
        yield UNKNOWN_LEVEL, unknown.astype(np.float64)


def _with_small_together(levels: NDArray[np.str_], min_group: int) -> NDArray[np.str_]:
    """Put levels under `min_group` people together, with the next larger one if still too few."""
    names, sizes = np.unique(levels, return_counts=True)
    order = np.argsort(sizes, kind="stable")
    together: list[str] = []
    n_together = 0
    for position in order:
        if sizes[position] >= min_group and (n_together == 0 or n_together >= min_group):
            break
        together.append(str(names[position]))
        n_together += int(sizes[position])
    return np.where(np.isin(levels, together), SMALL_LEVELS, levels) if together else levels


def standardised_difference(values: Floats, is_a: Bools, weights: Floats) -> float | None:
    """Return the standardised mean difference of `values` (n,), a minus b; NaN values are left out.

    None where an arm has nobody with a known value, or where the value doesn't vary within either
    arm although the arms differ. What is left by rounding where the arms are alike is 0: it would
    depend on the order of the people.
    """
    known = ~np.isnan(values)
    means, variances = [], []
    for members in (is_a & known, ~is_a & known):
        if not members.any():
            return None
        means.append(float(np.average(values[members], weights=weights[members])))
        variances.append(float(values[members].var(ddof=1)) if members.sum() > 1 else 0.0)
    difference = means[0] - means[1]
    spread = float(np.sqrt((variances[0] + variances[1]) / 2.0))
    if abs(difference) <= _ROUNDING * spread:
        return 0.0
    if spread == 0.0:
        return 0.0 if abs(difference) < _ROUNDING else None
    return difference / spread
