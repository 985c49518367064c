"""What the headline difference is without some of the people: a coach's, or those with gaps.

- leave_one_coach_out: the smallest and the largest weighted difference when one coach's people at a
  time are left out. Each coach's influence says in closed form about how far the difference would
  move (the one-step jackknife; Efron 1981, Biometrika 68:589); for the `N_REFITS` coaches who would
  move it furthest either way everything is fitted anew, so the ends of the range are exact where
  these are the right coaches, at any number of coaches. Coaches with fewer than `min_group` people
  are never left out alone, and nothing says which coach it was.
- complete_case: the weighted difference among the people of whom every characteristic is known. A
  characteristic that is unknown of everybody is left aside. Nothing is told where those left out
  are few: the rest would tell about them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.core.figures import per_100
from pipelines.core.rounding import FINER, to_grid
from pipelines.core.status import NOT_REPORTABLE, Absence, no_data, suppressed
from pipelines.estimators.cohort import People, subset
from pipelines.estimators.design_fit import DesignFit
from pipelines.estimators.designs import weighted
from pipelines.estimators.exit_estimates import (
    arm_numbers,
    comparison_rows,
    influence_on_risk,
    risk_differences,
)
from pipelines.estimators.kernels.design_matrix import UNKNOWN_LEVEL, levels_of, numbers_of
from pipelines.estimators.kernels.survival import Bools, Floats
from pipelines.estimators.minimum_counts import too_few_in_an_arm
from pipelines.estimators.results import OUTCOMES, ComparisonSpec, Covariate
from pipelines.estimators.sensitivity.check_row import (
    Row,
    row_of_check,
    side_in_words,
    why_no_headline,
)

N_REFITS = 2
"""Coaches on either side who are really left out."""


def coach_rows(people: People, spec: ComparisonSpec, headline_row: Mapping[str, Row]) -> list[Row]:
    """Return the range of each outcome's difference without one coach; `spec` has one horizon."""
    shown = [outcome for outcome, row in headline_row.items() if row["estimate"] is not None]
    sizes = np.bincount(people.coach[people.has_coach], minlength=people.n_coaches)
    candidates = np.flatnonzero(sizes >= spec.min_group)
    chosen: dict[str, list[int]] = {}
    if shown and len(candidates) >= 2:
        influences = _influences(weighted.fit(people, spec), spec, shown)
        chosen = {outcome: _furthest(influences[outcome], candidates) for outcome in shown}
    without = {
        coach: differences_among(people, spec, np.flatnonzero(people.coach != coach))
        for coach in sorted({coach for own in chosen.values() for coach in own})
    }
    n_left_out = len(candidates)
    who = f"one of {n_left_out} coaches" if n_left_out >= spec.min_coaches else "one coach"
    return [
        _coach_range(row, [without[coach][outcome] for coach in chosen.get(outcome, [])], who)
        for outcome, row in headline_row.items()
    ]


def _influences(fit: DesignFit, spec: ComparisonSpec, outcomes: Sequence[str]) -> dict[str, Floats]:
    """Return each coach's influence (clusters,) on each outcome's difference."""
    numbers = (arm_numbers(fit.arm_a, spec), arm_numbers(fit.arm_b, spec))
    influences: dict[str, Floats] = {}
    for outcome in OUTCOMES:
        if outcome in outcomes:
            of_a, of_b = influence_on_risk(numbers, outcome, 0)
            influences[outcome] = of_a - of_b
    return influences


def _furthest(influences: Floats, candidates: NDArray[np.int64]) -> list[int]:
    """Return the coaches without whom the difference is lowest and highest, to first order."""
    order = candidates[np.argsort(influences[candidates], kind="stable")]
    return sorted({int(coach) for coach in (*order[:N_REFITS], *order[-N_REFITS:])})


def _coach_range(headline_row: Row, found: Sequence[float | None], who: str) -> Row:
    row = row_of_check("leave_one_coach_out", headline_row)
    if headline_row["estimate"] is None:
        return row | why_no_headline(headline_row).columns()
    if not found:
        return row | no_data("too few coaches could be left out").columns()
    known = [each for each in found if each is not None]
    if len(known) < len(found):
        why = "without one coach, the comparison can’t be made"
        return row | Absence(NOT_REPORTABLE, why).columns()
    known = [to_grid(each, headline_row["rounding"]) or 0.0 for each in known]
    low, high = min(*known, headline_row["estimate"]), max(*known, headline_row["estimate"])
    return row | {
        "value": headline_row["estimate"],
        "range_low": low,
        "range_high": high,
        "reading": (
            f"Leaving out {who} at a time, the difference lies between "
            f"{per_100(low)} and {per_100(high)} per 100 people, {side_in_words(low, high)}."
        ),
    }


def complete_case_rows(
    people: People, spec: ComparisonSpec, headline_row: Mapping[str, Row]
) -> list[Row]:
    """Return each outcome's difference among the people without gaps; `spec` has one horizon."""
    is_complete = known_throughout(people, spec.covariates)
    why = _why_not_estimated(people, is_complete, spec)
    rows: Mapping[str, Row] = {}
    if why is None:
        some = subset(people, np.flatnonzero(is_complete))
        rows = _rows(some, spec)
    share = float(is_complete.mean())
    return [
        _complete_case(row, rows.get(outcome), share, why or _few_leavers(rows.get(outcome), spec))
        for outcome, row in headline_row.items()
    ]


def _few_leavers(found: Row | None, spec: ComparisonSpec) -> Absence | None:
    """Say that too few people without gaps left for it to be told how; None if enough did."""
    if found is None or found["outcome"] == "any_exit":
        return None
    if min(found["n_leavers_a"], found["n_leavers_b"]) >= spec.min_leavers:
        return None
    return suppressed(f"fewer than {spec.min_leavers} people without a gap left in an arm")


def known_throughout(people: People, covariates: Sequence[Covariate]) -> Bools:
    """Tell (n,) of whom every covariate is known that is known of anybody."""
    is_complete = np.ones(len(people), dtype=bool)
    for covariate in covariates:
        if covariate.kind == "categorical":
            is_known = levels_of(people.frame, covariate.column) != UNKNOWN_LEVEL
        else:
            is_known = ~np.isnan(numbers_of(people.frame, covariate.column))
        if is_known.any():
            is_complete &= is_known
    return is_complete


def _why_not_estimated(people: People, is_complete: Bools, spec: ComparisonSpec) -> Absence | None:
    """Say why the people without gaps can't be looked at alone; None if they can."""
    if not is_complete.any():
        return no_data("everybody has a gap in what is known before the first session")
    for members in (people.is_a, ~people.is_a):
        if 0 < (members & ~is_complete).sum() < spec.min_group:
            return suppressed("too few people have a gap in what is known before the first session")
    return too_few_in_an_arm(people, np.flatnonzero(is_complete), spec, "without a gap in")


def _complete_case(headline_row: Row, found: Row | None, share: float, why: Absence | None) -> Row:
    row = row_of_check("complete_case", headline_row)
    if headline_row["estimate"] is None:
        return row | why_no_headline(headline_row).columns()
    if why is not None:
        return row | why.columns()
    if found is None or found["conf_low"] is None:
        return (
            row
            | (
                no_data("there is no interval") if found is None else why_no_headline(found)
            ).columns()
        )
    step = headline_row["rounding"]
    fine = step / FINER if step else None
    estimate = to_grid(found["estimate"], step)
    low, high = (to_grid(found[end], fine) for end in ("conf_low", "conf_high"))
    reading = "Everything before the first session is known of everybody."
    if share < 1.0:
        reading = (
            f"Among the {share:.0%} of people of whom everything before the first session is "
            f"known, the difference is {per_100(estimate or 0.0)} per 100 people "
            f"({per_100(low or 0.0)} to {per_100(high or 0.0)}), against "
            f"{per_100(headline_row['estimate'])} among all."
        )
    return row | {
        "value": estimate,
        "range_low": low,
        "range_high": high,
        "conf_level": found["conf_level"],
        "reading": reading,
    }


def differences_among(
    people: People, spec: ComparisonSpec, rows: NDArray[np.int64]
) -> dict[str, float | None]:
    """Return each outcome's weighted difference among some of the people, fitted anew."""
    fit = weighted.fit(subset(people, rows), spec)
    return risk_differences(fit, max(spec.horizon_days))


def _rows(people: People, spec: ComparisonSpec) -> dict[str, Row]:
    rows = comparison_rows(weighted.fit(people, spec), spec)
    wanted = rows.filter(pl.col("estimand") == "risk_difference")
    return {row["outcome"]: row for row in wanted.to_dicts()}
