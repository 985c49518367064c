"""One estimate that tests a claim: the same frozen record whatever the estimator."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy import special

from pipelines.contracts.claims import EstimateSpec
from pipelines.core import status as states
from pipelines.core.figures import largest_difference
from pipelines.core.rounding import (
    count_to_grid,
    limits,
    share_step,
    step_by_error,
    to_grid,
    widened,
)
from pipelines.core.status import Absence, Status
from pipelines.estimators.estimate_rows import precision_of

MIN_PEOPLE = 50
"""People that an estimate needs before its claim gets a verdict."""
MIN_CLUSTERS = 10
"""Coaches (or teams) that an estimate needs before its claim gets a verdict."""
MIN_EXPOSED = 20
"""People that either side of a yes-or-no exposure needs before its claim gets a verdict."""
CONF_LEVEL = 0.95
MIN_STEPS = 4
"""Steps of its grid that a scale must hold for a figure on it to say anything."""
TOO_COARSE = "so few people allow figures only in steps too coarse for this scale"
BEYOND_SCALE = "what is compared varies too little among them to tell"

ESTIMATE_SCHEMA: dict[str, pl.DataType] = {
    "claim": pl.String(),
    "estimate_name": pl.String(),
    "label": pl.String(),
    "estimator": pl.String(),
    "exposure": pl.String(),
    "outcome": pl.String(),
    "horizon_days": pl.Int64(),
    "is_deciding": pl.Boolean(),
    "expected": pl.String(),
    "no_difference": pl.Float64(),
    "n_people": pl.Int64(),
    "n_coaches": pl.Int64(),
    "estimate": pl.Float64(),
    "std_error": pl.Float64(),
    "conf_low": pl.Float64(),
    "conf_high": pl.Float64(),
    "p_value": pl.Float64(),
    "adjusted_p_value": pl.Float64(),
    "unit": pl.String(),
    "rounding": pl.Float64(),
    "status": pl.String(),
    "reason": pl.String(),
}


@dataclass(frozen=True)
class MinimumCounts:
    """Fewest people, coaches and leavers behind anything that is shown.

    ``min_leavers`` must have left on each side before it is told how.
    """

    min_group: int
    min_coaches: int
    min_leavers: int = 0


@dataclass(frozen=True)
class ClaimEstimate:
    """An estimate with its 95 % interval, in the unit of its contract.

    ``n_coaches`` are the clusters of the standard error: coaches, or teams where the claim is
    about teams. ``status`` is shown where it can bear a verdict; any other has a ``reason``, also
    too_little_data, where the figures stay beside it. ``horizon_days`` is set where the contract
    leaves it open.
    """

    exposure: str | None = None
    n_people: int | None = None
    n_coaches: int | None = None
    estimate: float | None = None
    std_error: float | None = None
    conf_low: float | None = None
    conf_high: float | None = None
    p_value: float | None = None
    rounding: float | None = None
    horizon_days: int | None = None
    status: Status = states.SHOWN
    reason: str | None = None


@dataclass(frozen=True)
class Counts:
    """How many an estimate rests on; ``n_sides`` are the people of a yes-or-no exposure's sides."""

    n_people: int
    n_clusters: int
    n_sides: tuple[int, int] | None = None
    clusters: str = "coaches"

    @property
    def smallest(self) -> int:
        """The smallest group that the numbers are about."""
        return self.n_people if self.n_sides is None else min(self.n_sides)


def no_data(why: str) -> ClaimEstimate:
    """The estimate of a claim whose data aren't there."""
    return withheld(states.no_data(why))


def claim_estimate_of(
    estimate: float,
    std_error: float,
    counts: Counts,
    minimum: MinimumCounts,
    *,
    no_difference: float = 0.0,
    exposure: str | None = None,
) -> ClaimEstimate:
    """Make an estimate with its t interval, hidden or marked as too unsure where so few stand.

    ``std_error`` must be cluster-robust; NaN or 0 where it can't be computed.
    """
    degrees = counts.n_clusters - 1
    has_error = bool(np.isfinite(std_error)) and std_error > 0.0 and degrees >= 1
    margin = precision_of(counts.n_clusters, CONF_LEVEL).t_quantile * std_error
    found = ClaimEstimate(
        exposure=exposure,
        n_people=counts.n_people,
        n_coaches=counts.n_clusters,
        estimate=estimate,
        std_error=std_error if has_error else None,
        conf_low=estimate - margin if has_error else None,
        conf_high=estimate + margin if has_error else None,
        p_value=two_sided(estimate - no_difference, std_error, degrees),
    )
    return guarded(found, counts, minimum)


def rounded(found: ClaimEstimate, base: int, spec: EstimateSpec) -> ClaimEstimate:
    """Round an estimate to the grid of ``base`` people, and its error and p-value with it."""
    step = step_by_error(base, found.std_error, found.n_people)
    n_people = _people_to_grid(found.n_people, base)
    if found.estimate is None or not base:
        return replace(found, n_people=n_people)
    if step is None or found.std_error is None or found.conf_high is None:
        return _without_error(replace(found, n_people=n_people), base)
    if MIN_STEPS * step > largest_difference(spec.unit):
        why = Absence(states.TOO_LITTLE_DATA, TOO_COARSE)
        return without_figures(replace(found, n_people=n_people), why)
    quantile = (found.conf_high - found.estimate) / found.std_error
    estimate, error = to_grid(found.estimate, step) or 0.0, widened(found.std_error, step) or 0.0
    low, high = limits(estimate, error, quantile, step)
    degrees = (found.n_coaches or 0) - 1
    return replace(
        found,
        n_people=n_people,
        estimate=estimate,
        std_error=error,
        conf_low=low,
        conf_high=high,
        p_value=None
        if found.p_value is None
        else two_sided(estimate - spec.no_difference, error, degrees),
        rounding=step,
    )


def _people_to_grid(n_people: int | None, base: int) -> int | None:
    """Round a number of people to the grid, down where it is under the limit for a verdict.

    Beside "fewer than 50 people" there must not stand that they are about 50.
    """
    rounded_n = count_to_grid(n_people, base)
    if n_people is None or rounded_n is None or not n_people < MIN_PEOPLE <= rounded_n:
        return rounded_n
    return rounded_n - base


def _without_error(found: ClaimEstimate, base: int) -> ClaimEstimate:
    """Round a share or a coefficient by its people alone; a mean without an error isn't told."""
    if found.estimate is None or abs(found.estimate) > 1.0:
        why = "no error can be computed, so it can’t be told how coarse the figure must be"
        return replace(found, estimate=None, status=states.TOO_LITTLE_DATA, reason=why)
    step = share_step(base, found.n_people or 0)
    return replace(found, estimate=to_grid(found.estimate, step), rounding=step)


def two_sided(difference: float | None, std_error: float | None, degrees: float) -> float | None:
    """Return the two-sided p-value of a t statistic; None without a difference or an error."""
    if difference is None or std_error is None or not std_error > 0.0 or degrees < 1:
        return None
    return float(2.0 * special.stdtr(degrees, -abs(difference) / std_error))


def guarded(found: ClaimEstimate, counts: Counts, minimum: MinimumCounts) -> ClaimEstimate:
    """Suppress an estimate of too few people; mark one that is too unsure for a verdict."""
    if counts.n_people == 0:
        return no_data("nobody has all the values that this needs")
    if few := too_few(counts, minimum):
        return few
    if counts.smallest == 0:
        return no_data("everybody with a value is on the same side of it")
    if counts.n_people < MIN_PEOPLE:
        return unsure(found, f"fewer than {MIN_PEOPLE} people")
    if counts.smallest < MIN_EXPOSED:
        return unsure(found, f"fewer than {MIN_EXPOSED} people on one side")
    if counts.n_clusters < MIN_CLUSTERS:
        return unsure(found, f"fewer than {MIN_CLUSTERS} {counts.clusters}")
    if found.std_error is None:
        return unsure(found, "no interval can be computed from these values")
    return found


def too_few(counts: Counts, minimum: MinimumCounts) -> ClaimEstimate | None:
    """Suppress what rests on too few people or coaches; None where there are enough.

    It comes before all that is said about their values, such as that these are all alike.
    """
    is_small_side = 0 < counts.smallest < minimum.min_group
    if counts.n_people < minimum.min_group or is_small_side:
        return hidden(f"fewer than {minimum.min_group} people")
    if counts.n_clusters < minimum.min_coaches:
        return hidden(f"fewer than {minimum.min_coaches} {counts.clusters}")
    return None


def within_scale(found: ClaimEstimate, spec: EstimateSpec) -> ClaimEstimate:
    """Tell no difference larger than its scale, which a straight line says beyond the data.

    A range ends where the scale does: no answer can be more apart.
    """
    length = largest_difference(spec.unit)
    if found.estimate is None:
        return found
    if abs(found.estimate) > length:
        return without_figures(found, Absence(states.TOO_LITTLE_DATA, BEYOND_SCALE))
    if found.conf_low is None or found.conf_high is None:
        return found
    low, high = max(found.conf_low, -length), min(found.conf_high, length)
    return replace(found, conf_low=low, conf_high=high)


def without_small_counts(found: ClaimEstimate, minimum: MinimumCounts) -> ClaimEstimate:
    """Leave out how many people and coaches there are where they are under a floor."""
    is_few = 0 < (found.n_people or 0) < minimum.min_group
    if is_few or 0 < (found.n_coaches or 0) < minimum.min_coaches:
        return replace(found, n_people=None, n_coaches=None)
    return found


def hidden(why: str) -> ClaimEstimate:
    """An estimate that is withheld because it rests on so few."""
    return withheld(states.suppressed(why))


def withheld(why: Absence) -> ClaimEstimate:
    """An estimate without figures."""
    return ClaimEstimate(status=why.status, reason=why.reason)


def without_figures(found: ClaimEstimate, why: Absence) -> ClaimEstimate:
    """Return the counts of an estimate whose figures can't be shown."""
    return ClaimEstimate(
        exposure=found.exposure,
        n_people=found.n_people,
        n_coaches=found.n_coaches,
        status=why.status,
        reason=why.reason,
    )


def unsure(found: ClaimEstimate, why: str) -> ClaimEstimate:
    """An estimate whose figures are too unsure for a verdict."""
    return replace(found, status=states.TOO_LITTLE_DATA, reason=why)
