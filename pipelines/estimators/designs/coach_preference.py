"""The coach's leaning as an instrument: a comparison that doesn't rest on the list of covariates.

Some coaches lean towards one kind of coaching whoever sits before them. A person's instrument is
the share of arm a among the *other* people whom their coach first coached (leave-one-out, so that
nobody's own arm is in it). If who gets which coach has nothing to do with leaving, beyond what is
adjusted for, and if a coach's leaning bears on leaving only through the kind of coaching, then
people of coaches who lean differently differ in the kind of coaching alone, and

    (difference in exits per unit of leaning) / (difference in arm a per unit of leaning)

compares the kinds of coaching for those whose kind depends on the coach (Angrist, Imbens & Rubin
1996, J Am Stat Assoc 91:444; Brookhart et al. 2006, Epidemiology 17:268, on what doctors prefer).
Coaches who lean towards arm a may also do other things differently; no number can rule that out.

Exits enter as pseudo-values of the cumulative incidence, as in `doubly_robust`, so that people
whose data end early count too. Both arms' values are those of the fitted straight line at 1 and at
0; a line may leave the range of a risk. A leaning with a first-stage F under `MIN_F` says too
little about the kind of coaching for any interval to hold (Staiger & Stock 1997, Econometrica
65:557): then nothing is reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.core.status import NO_DATA, NOT_REPORTABLE, SHOWN
from pipelines.estimators.cohort import People, subset
from pipelines.estimators.design_fit import DesignFit, Observation
from pipelines.estimators.designs import unadjusted
from pipelines.estimators.designs.doubly_robust import exit_pseudo_values, numbers_of_moments
from pipelines.estimators.estimate_rows import precision_of
from pipelines.estimators.exit_estimates import rows_of
from pipelines.estimators.kernels.design_matrix import covariate_columns, independent_columns
from pipelines.estimators.kernels.estimating_equations import Sample
from pipelines.estimators.kernels.survival import CAUSES, Floats
from pipelines.estimators.kernels.two_stage_least_squares import MIN_F, FirstStage, two_stage
from pipelines.estimators.measure_estimates import MeasureValues, ObservedMeasure, measure_rows
from pipelines.estimators.results import (
    COMPARISON_SCHEMA,
    INSTRUMENT_SCHEMA,
    OUTCOMES,
    ComparisonSpec,
)

DESIGN: Literal["coach_preference"] = "coach_preference"
MIN_OTHERS = 5
"""Other people of the coach in the comparison, for a preference that means anything."""


@dataclass(frozen=True)
class CoachPreference:
    """The instrument: everybody (n), their coach's preference, and what is adjusted for."""

    people: People
    is_known: NDArray[np.bool_]
    """(n,) whether the coach has enough other people for a preference."""
    share: Floats
    """(n,) share of arm a among the coach's other people; 0 where it isn't known."""
    controls: Floats
    """(n, p) the covariates as columns, the intercept first."""


def coach_preference_of(
    people: People, spec: ComparisonSpec, columns: Floats | None = None
) -> CoachPreference:
    """Return everybody's instrument; `columns` (n, p) are the controls where they exist already."""
    if columns is None:
        found = covariate_columns(people.frame, spec.covariates)
        columns = independent_columns(found, len(people))[1]
    sizes = np.bincount(people.coach, minlength=people.n_coaches)[people.coach] - 1.0
    in_a = np.bincount(people.coach, weights=people.is_a, minlength=people.n_coaches)[people.coach]
    is_known = people.has_coach & (sizes >= MIN_OTHERS)
    share: Floats = np.zeros(len(people))
    np.divide(in_a - people.is_a, sizes, out=share, where=is_known)
    return CoachPreference(people, is_known, share, columns)


def comparison_rows(
    preference: CoachPreference, spec: ComparisonSpec
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return one row per outcome, horizon and estimand of exits, and their first stages."""
    rows = np.flatnonzero(preference.is_known)
    people = subset(preference.people, rows)
    plain = replace(unadjusted.fit(people, spec), design=DESIGN)
    days = np.asarray(spec.horizon_days, dtype=np.float64)
    values = np.zeros((len(people), 2 * len(CAUSES) * len(days)))
    for arm, is_a in zip(plain.arms, (True, False), strict=True):
        if arm.curve.n_people:
            values[people.arm(is_a=is_a)] = exit_pseudo_values(arm.curve, days)
    sample = Sample(
        values, np.arange(len(rows)), np.ones(len(rows)), people.coach, people.n_coaches
    )
    found = two_stage(
        sample, people.is_a.astype(np.float64), preference.share[rows], preference.controls[rows]
    )
    fit = _with_strength(plain, found.first)
    numbers = [
        numbers_of_moments(arm.curve, days, side)
        for arm, side in zip(plain.arms, (found.at_one, found.at_zero), strict=True)
    ]
    judged = rows_of(fit, spec, (numbers[0], numbers[1]))
    first_stage_text = _first_stage(spec, found.first, len(people))
    firsts = [_name(outcome, spec) | first_stage_text for outcome in OUTCOMES]
    return judged, pl.DataFrame(firsts, schema=INSTRUMENT_SCHEMA)


def measure_comparison(
    preference: CoachPreference, spec: ComparisonSpec, observed: Sequence[ObservedMeasure]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows of outcomes with a value per person, and their first stages."""
    found = [instrument_rows(preference, spec, each.values, each.observation) for each in observed]
    rows = [row for of_one, _ in found for row in of_one]
    firsts = [first for _, first in found]
    return (
        pl.DataFrame(rows, schema=COMPARISON_SCHEMA),
        pl.DataFrame(firsts, schema=INSTRUMENT_SCHEMA),
    )


def instrument_rows(
    preference: CoachPreference,
    spec: ComparisonSpec,
    own_values: MeasureValues,
    observation: Observation,
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the rows of an outcome with a value per person, and its first stage.

    `observation` makes up for who has no value, as in the weighted design.
    """
    people = preference.people
    own_values = replace(own_values, has_value=own_values.has_value & preference.is_known)
    sample = Sample(
        own_values.columns,
        np.flatnonzero(own_values.has_value),
        observation.weights,
        people.coach,
        people.n_coaches,
        observation.correction,
    )
    found = two_stage(sample, people.is_a.astype(np.float64), preference.share, preference.controls)
    plain = replace(unadjusted.fit(people, replace(spec, horizon_days=())), design=DESIGN)
    fit = _with_strength(plain, found.first)
    sides = (found.at_one, found.at_zero)
    values = [float(side.value[0] / side.value[1]) for side in sides]
    influences = [
        (side.influence[:, 0] - value * side.influence[:, 1]) / side.value[1]
        for side, value in zip(sides, values, strict=True)
    ]
    rows = measure_rows(people, spec, fit, DESIGN, own_values, observation, (values, influences))
    first_stage_text = _first_stage(spec, found.first, int(own_values.has_value.sum()))
    return rows, _name(own_values.measure.outcome, spec) | first_stage_text


def _name(outcome: str, spec: ComparisonSpec) -> dict[str, Any]:
    """Return what a row about a first stage is about."""
    return {
        "design": DESIGN,
        "outcome": outcome,
        "min_f_statistic": MIN_F,
        "conf_level": spec.conf_level,
    }


def _first_stage(spec: ComparisonSpec, first: FirstStage, n_people: int) -> dict[str, Any]:
    """Return the first stage: how far the instrument predicts the arm, and why that may not do."""
    problem = _weakness(first)
    if not first.std_error > 0.0:
        return {"status": NO_DATA if n_people == 0 else NOT_REPORTABLE, "reason": problem}
    margin = precision_of(first.n_clusters, spec.conf_level).t_quantile * first.std_error
    return {
        "n_people": n_people,
        "n_coaches": first.n_clusters,
        "first_stage": first.coefficient,
        "std_error": first.std_error,
        "conf_low": first.coefficient - margin,
        "conf_high": first.coefficient + margin,
        "f_statistic": first.f_statistic,
        "status": SHOWN if problem is None else NOT_REPORTABLE,
        "reason": problem,
    }


def _weakness(first: FirstStage) -> str | None:
    """Say why the instrument is too weak or points the wrong way; None where it is strong."""
    if not np.isfinite(first.f_statistic):
        return "coaches don’t differ in the kind of coaching that they lean to"
    if not first.f_statistic >= MIN_F:
        return (
            "the coach’s leaning says too little about the kind of coaching: "
            f"F = {first.f_statistic:.1f} in the first stage, at least {MIN_F:.0f} is needed"
        )
    if first.coefficient < 0.0:
        return "people get the kind of coaching that their coach leans away from"
    return None


def _with_strength(fit: DesignFit, first: FirstStage) -> DesignFit:
    """Make a comparison with a weak instrument not reportable."""
    return replace(fit, support=replace(fit.support, problem=_weakness(first)))
