"""Estimator "slope": how an outcome goes with more of an exposure, among people alike otherwise.

Dose-response, lagged association, leave-one-out contagion and contrasts within a coach are all this
one regression; they differ in their frame and parameters (see `regression` for the formulas). An
exit as the outcome enters through its pseudo-value, so that people whose data end early count for
as long as they were followed (Andersen & Perme 2010, Stat Methods Med Res 19:71).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.claims.claim_estimate import (
    ClaimEstimate,
    claim_estimate_of,
    no_data,
    too_few,
    withheld,
    without_figures,
)
from pipelines.claims.frames import (
    ClaimInputs,
    Parameters,
    Where,
    clusters_of,
    counts_of,
    numbers,
    rows_where,
)
from pipelines.claims.regression import clustered_slope, numbered, slope_by_readings
from pipelines.contracts.claims import EstimateSpec
from pipelines.core.status import SHOWN, TOO_EARLY, TOO_LITTLE_DATA, Absence
from pipelines.estimators.designs.doubly_robust import pseudo_values
from pipelines.estimators.kernels.design_matrix import covariate_columns
from pipelines.estimators.kernels.influence_functions import incidence_influence
from pipelines.estimators.kernels.survival import (
    CAUSES,
    Floats,
    fit_curve,
    incidence_at,
    is_estimable,
)

MIN_EXITS = 10
"""Exits that a slope of exits needs before its claim gets a verdict."""

__all__ = ["SlopeParameters", "slope"]


class SlopeParameters(Parameters):
    """Which columns: ``value`` (or an ``exit`` within the horizon) on ``exposure``.

    ``per`` is how much more of the exposure the slope is told for. ``within`` names a column whose
    groups are compared inside only. With a ``middle`` the exposure is how far it lies from there:
    each side by itself, of which that one is told which speaks less for the claim. A ``reading`` is
    a column to adjust for that reads people with an error; ``read_before`` is another reading of
    the same, which stands for it as an instrument, so that both errors drop out.
    """

    exposure: str
    value: str | None = None
    exit: str | None = None
    per: float = 1.0
    adjust_for: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    within: str | None = None
    cluster: str = "coach_key"
    where: tuple[Where, ...] = ()
    middle: float | None = None
    reading: str | None = None
    read_before: str | None = None


def slope(spec: EstimateSpec, parameters: SlopeParameters, inputs: ClaimInputs) -> ClaimEstimate:
    """Estimate the slope; where data aren't there, the estimate says so."""
    frame = rows_where(inputs.frames[spec.frame], parameters.where)
    if parameters.middle is None:
        return _slope_in(frame, spec, parameters, inputs)
    away = pl.col(parameters.exposure) - parameters.middle
    sides = [
        _slope_in(
            side.with_columns(away.abs().alias(parameters.exposure)), spec, parameters, inputs
        )
        for side in (frame.filter(away <= 0), frame.filter(away >= 0))
    ]
    return weaker_side(sides, spec)


def weaker_side(sides: list[ClaimEstimate], spec: EstimateSpec) -> ClaimEstimate:
    """Return the side that speaks less for the claim; one that can't be told before any other.

    The middle is best only if both sides say so, so that the p-value of the weaker one is that of
    both together (Lind & Mehlum 2010, Oxf Bull Econ Stat 72:109). Two lines in the place of one
    curve, since a curve also bends where more does better all the way, but less and less
    (Simonsohn 2018, Adv Methods Pract Psychol Sci 1:538).
    """
    sign = 1.0 if spec.expects == "higher" else -1.0

    def speaks_for(found: ClaimEstimate) -> float:
        if found.status != SHOWN or found.estimate is None or not found.std_error:
            return -np.inf
        return sign * found.estimate / found.std_error

    return min(sides, key=speaks_for)


def _slope_in(
    frame: pl.DataFrame, spec: EstimateSpec, parameters: SlopeParameters, inputs: ClaimInputs
) -> ClaimEstimate:
    """Estimate the slope among the rows of a frame."""
    needed = (
        parameters.exposure,
        parameters.within,
        parameters.reading,
        parameters.read_before,
    )
    frame = frame.filter(pl.col(name).is_not_null() for name in needed if name is not None)
    if parameters.value is not None:
        frame = frame.filter(pl.col(parameters.value).is_not_null())
    else:
        frame = frame.filter(pl.col("follow_up_days") > 0)
    if frame.is_empty():
        return no_data("nobody has a value of both")
    if parameters.value is not None:
        outcome, n_exits = numbers(frame, parameters.value), None
    else:
        days, kind = spec.horizon_days or 0, parameters.exit or CAUSES[0]
        found = exit_values(frame, kind, days)
        if found is None:
            why = f"too early: nobody has been followed for {days} days yet"
            return withheld(Absence(TOO_EARLY, why))
        outcome, n_exits = found
    return _fitted(spec, parameters, inputs, frame, outcome, n_exits)


def _fitted(
    spec: EstimateSpec,
    parameters: SlopeParameters,
    inputs: ClaimInputs,
    frame: pl.DataFrame,
    outcome: Floats,
    n_exits: int | None,
) -> ClaimEstimate:
    is_yes_or_no = frame[parameters.exposure].dtype == pl.Boolean
    exposed = pl.col(parameters.exposure) if is_yes_or_no else None
    counts = counts_of(frame, parameters.cluster, exposed)
    if few := too_few(counts, inputs.minimum):
        return few
    if parameters.value is not None and bool(np.ptp(outcome) == 0.0):
        return no_data(f"{_words(parameters.value)} doesn’t vary among these people")
    controls = covariate_columns(
        frame, inputs.covariates(frame, parameters.adjust_for, parameters.without)
    )
    within = None if parameters.within is None else numbered(frame[parameters.within])
    exposure = numbers(frame, parameters.exposure) / parameters.per
    cluster = clusters_of(frame, parameters.cluster)
    if parameters.reading is not None and parameters.read_before is not None:
        readings = [numbers(frame, name) for name in (parameters.reading, parameters.read_before)]
        fitted = slope_by_readings(exposure, outcome, controls, cluster, *readings)
    else:
        fitted = clustered_slope(exposure, outcome, controls, cluster, within)
    if fitted is None:
        return no_data(f"{_words(parameters.exposure)} doesn’t vary among people who are alike")
    found = claim_estimate_of(
        fitted.value,
        fitted.std_error,
        counts,
        inputs.minimum,
        no_difference=spec.no_difference,
        exposure=parameters.exposure,
    )
    if n_exits is not None and n_exits < MIN_EXITS and found.status in (SHOWN, TOO_LITTLE_DATA):
        why = Absence(TOO_LITTLE_DATA, f"fewer than {MIN_EXITS} exits")
        return without_figures(found, why)
    return found


def exit_values(frame: pl.DataFrame, kind: str, days: int) -> tuple[Floats, int] | None:
    """Return everybody's pseudo-value (n,) of an exit of a kind within some days, and how many.

    ``follow_up_days`` and ``exit_type`` say how each row was followed. None where nobody was
    followed for so long.
    """
    code = {name: position + 1 for position, name in enumerate(CAUSES)}
    how = frame["exit_type"].replace_strict(code, default=0, return_dtype=pl.Int64).to_numpy()
    followed = frame["follow_up_days"].cast(pl.Float64).to_numpy()
    curve = fit_curve(followed, how, np.ones(len(followed)), until=days)
    if not bool(is_estimable(curve, [days])[0]):
        return None
    table = incidence_influence(curve, [days])
    each = pseudo_values(curve, incidence_at(curve, [days]), table)[:, CAUSES.index(kind)]
    return each, int(curve.n_exits[CAUSES.index(kind)].sum())


def _words(column: str) -> str:
    return "the kind of coaching" if column == "is_arm_a" else column.replace("_", " ")
