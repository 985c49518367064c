"""Other explanations of a difference: coaches, people who aren't new, something unrecorded.

In come a study and a headline; out comes how clearly each rival says something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from pipelines.core.figures import per_100
from pipelines.core.rounding import step_by_error, to_grid
from pipelines.core.status import SHOWN, TOO_LITTLE_DATA, Absence, no_data, suppressed
from pipelines.estimators.cohort import subset
from pipelines.estimators.credibility.groups import is_prevalent
from pipelines.estimators.credibility.measured import (
    NOT_MADE,
    Found,
    Headline,
    Measured,
    Study,
    over_error,
)
from pipelines.estimators.design_fit import DesignFit
from pipelines.estimators.designs import unadjusted, within_coach
from pipelines.estimators.designs.doubly_robust import exit_pseudo_values
from pipelines.estimators.estimate_rows import difference, precision_of
from pipelines.estimators.exit_estimates import (
    CAUSES_OF,
    ArmNumbers,
    arm_numbers,
    influence_on_risk,
)
from pipelines.estimators.kernels.design_matrix import levels_of, numbers_of
from pipelines.estimators.kernels.survival import CAUSES, Bools, Floats
from pipelines.estimators.measure_estimates import measure_contrast
from pipelines.estimators.results import OUTCOMES, Covariate, Outcome
from pipelines.estimators.segments.comparison import fit_part
from pipelines.estimators.segments.definitions import Part

TOLD_OF_NEW_PEOPLE = ("voluntary_exit", "any_exit")
"""Outcomes whose difference is told for new people alone."""
MIN_PEOPLE = 50
"""People on either side of new and not new, for their difference to be told from chance."""
SAID_OF = {
    "within_coach": "people who share a coach give",
    "coach_preference": "the coach’s leaning gives",
}
"""The designs that share no model with the headline, as the start of what they say."""
LEFT_OPEN_BY = {
    "within_coach": "people who share a coach leave",
    "coach_preference": "the coach’s leaning leaves",
}
"""The same where the range holds zero."""
PER_DEVIATION = 0.91
"""Log ratio of risks that one standard deviation comes to (VanderWeele & Ding 2017)."""


@dataclass(frozen=True)
class Told:
    """A published difference with its likely range."""

    estimate: float
    low: float
    high: float

    @property
    def is_open(self) -> bool:
        """Whether the range holds zero, so that it has no direction."""
        return self.low <= 0.0 <= self.high


@dataclass(frozen=True)
class _Contrast:
    """A difference and each coach's influence (clusters,) on it."""

    estimate: float
    influence: Floats


class Rivals:
    """The estimates that are held against the headline, made once for all outcomes."""

    def __init__(self, study: Study, comparison: pl.DataFrame) -> None:
        """Fit what exits need; outcomes with a value per person are fitted when asked for."""
        self.study = study
        self._by_leaning = _apart_from_leaning(comparison)
        self._told = _told_differences(comparison)
        self.spec = replace(study.cohort.spec, horizon_days=(study.horizon,))
        people = study.cohort.people
        fit = study.cohort.adjusted
        self._weighted = self._numbers(fit)
        rows = within_coach.of_both_kinds(people, people.has_coach)
        some = subset(people, rows)
        plain = unadjusted.fit(some, self.spec)
        self._within, self._n_coaches = within_coach.exit_numbers(
            some, self.spec, plain, study.controls[rows]
        )
        self._parts = self._new_and_others()

    def found(self, headline: Headline) -> Found:
        """Return what the rivals of one headline say."""
        return {
            "designs": self._designs(headline),
            "new_people": self._new_people(headline.outcome),
            "hidden": _hidden(self.study, headline),
        }

    def new_people_rows(self, shown: Sequence[str]) -> list[dict[str, Any]]:
        """Return rows of sensitivity: leaving among people who are new since the data begin.

        Only of outcomes whose headline is `shown`, and only where enough people, coaches and
        leavers stand behind new people and behind the others in either arm.
        """
        rows: list[dict[str, Any]] = []
        for outcome in (each for each in TOLD_OF_NEW_PEOPLE if each in shown):
            row: dict[str, Any] = {
                "check": "new_people",
                "design": "weighted",
                "outcome": outcome,
                "horizon_days": self.study.horizon,
                "estimand": "risk_difference",
                "status": SHOWN,
            }
            if self._parts is None:
                why = f"fewer than {MIN_PEOPLE} new people, or others, with one of the kinds"
                rows.append(row | Absence(TOO_LITTLE_DATA, why).columns())
            elif any(self._is_small(fit) for fit in self._parts[:2]):
                few = "too few people, coaches or leavers are new, or aren’t"
                rows.append(row | suppressed(few).columns())
            else:
                rows.append(row | self._new_people_figures(outcome, self._parts[0]))
        return rows

    def _is_small(self, fit: DesignFit) -> bool:
        """Whether a side of new people, or of the others, is too small to be told of."""
        spec = self.spec
        return any(
            support.n_people < spec.min_group
            or support.n_coaches < spec.min_coaches
            or int(numbers.n_events[:, 0].sum()) < spec.min_leavers
            for support, numbers in zip(fit.support.arms, self._numbers(fit), strict=True)
        )

    def _new_people_figures(self, outcome: str, fit: DesignFit) -> dict[str, Any]:
        """Return the difference among new people with its range, rounded as exits are."""
        found = _risk_contrast(self._numbers(fit), outcome)
        precision = precision_of(fit.n_clusters, self.spec.conf_level, fit.smaller_side)
        told = difference([found.estimate, 0.0], [found.influence, found.influence * 0], precision)
        if told.conf_low is None or told.conf_high is None:
            return no_data("there is no interval").columns()
        n_people = sum(arm.n_people for arm in fit.support.arms)
        step = step_by_error(self.spec.grid_of_parts, told.std_error, n_people)
        value, low, high = (
            to_grid(each, step) for each in (told.estimate, told.conf_low, told.conf_high)
        )
        return {
            "value": value,
            "range_low": low,
            "range_high": high,
            "conf_level": self.spec.conf_level,
            "reading": (
                "Among people who were hired since the data begin, or had neither kind for three "
                f"months from then on, the difference is {per_100(value or 0.0)} per 100 people "
                f"({per_100(low or 0.0)} to {per_100(high or 0.0)})."
            ),
        }

    def _numbers(self, fit: DesignFit) -> tuple[ArmNumbers, ArmNumbers]:
        return arm_numbers(fit.arm_a, self.spec), arm_numbers(fit.arm_b, self.spec)

    def _new_and_others(self) -> tuple[DesignFit, DesignFit, Bools] | None:
        """The weighted design among new people and among the others; None with too few."""
        people = self.study.cohort.people
        prevalent = is_prevalent(self.study)
        if prevalent is None or self.study.cohort.adjusted.correction is None:
            return None
        for members in (prevalent, ~prevalent):
            in_a = int((members & people.is_a).sum())
            if min(in_a, int(members.sum()) - in_a) < MIN_PEOPLE:
                return None
        new, others = (
            fit_part(
                people,
                self.spec,
                self.study.cohort.adjusted,
                Part("new", name, np.flatnonzero(members)),
            )
            for name, members in (("new", ~prevalent), ("others", prevalent))
        )
        return new, others, prevalent

    def _designs(self, headline: Headline) -> Measured:
        """How clearly a design with another assumption says something else, in errors, and which.

        Of two the one that is further from the headline is named.
        """
        key = (headline.outcome, headline.horizon_days)
        errors = {"coach_preference": self._by_leaning.get(key)}
        within = self._within_contrast(headline.outcome)
        if within is not None:
            weighted = self._contrast(headline.outcome, self._weighted, self.study.cohort.adjusted)
            apart = weighted.estimate - within.estimate
            errors["within_coach"] = over_error(apart, weighted.influence - within.influence)
        made = {name: each for name, each in errors.items() if each is not None}
        if not made:
            return NOT_MADE
        furthest = max(made, key=lambda name: made[name])
        told = [self._told.get((*key, name)) for name in ("weighted", furthest)]
        return Measured(made[furthest], says_of(furthest, *told))

    def _within_contrast(self, outcome: str) -> _Contrast | None:
        people, observed = self.study.cohort.people, self.study.observed_of(outcome)
        if observed is None:
            if self._n_coaches < within_coach.MIN_COACHES:
                return None
            return _risk_contrast(self._within, outcome)
        rows = within_coach.of_both_kinds(people, observed.values.has_value & people.has_coach)
        values, influences, n_coaches = within_coach.measure_sides(
            people, self.study.controls, observed, rows
        )
        if n_coaches < within_coach.MIN_COACHES:
            return None
        return _Contrast(values[0] - values[1], influences[0] - influences[1])

    def _contrast(
        self, outcome: str, numbers: tuple[ArmNumbers, ArmNumbers], fit: DesignFit
    ) -> _Contrast:
        """The weighted difference of an outcome among everybody."""
        observed = self.study.observed_of(outcome)
        if observed is None:
            return _risk_contrast(numbers, outcome)
        people = self.study.cohort.people
        values, influences = measure_contrast(
            people, fit, "weighted", observed.values, observed.observation
        )
        return _Contrast(values[0] - values[1], influences[0] - influences[1])

    def _new_people(self, outcome: str) -> Measured:
        """How clearly new people differ from the others, in errors."""
        if self._parts is None:
            return NOT_MADE
        new, others, prevalent = self._parts
        observed = self.study.observed_of(outcome)
        if observed is None:
            pair = [_risk_contrast(self._numbers(fit), outcome) for fit in (new, others)]
        else:
            pair = []
            for fit, members in ((new, ~prevalent), (others, prevalent)):
                own = replace(
                    observed.values,
                    has_value=observed.values.has_value & members,
                    is_about=observed.values.is_about & members,
                )
                values, influences = measure_contrast(
                    self.study.cohort.people, fit, "weighted", own, observed.observation
                )
                pair.append(_Contrast(values[0] - values[1], influences[0] - influences[1]))
        apart = pair[0].estimate - pair[1].estimate
        return Measured(over_error(apart, pair[0].influence - pair[1].influence))


def says_of(design: str, weighted: Told | None, other: Told | None) -> str:
    """Say on which side of the published headline a design is; a range with zero has no side."""
    if weighted is None or other is None or weighted.estimate == other.estimate:
        return f"{SAID_OF[design]} another difference"
    if other.is_open:
        neither = f"{SAID_OF[design]} clearly another figure, though neither has a direction"
        return neither if weighted.is_open else f"{LEFT_OPEN_BY[design]} the direction open"
    if weighted.is_open:
        return f"{SAID_OF[design]} a direction, which the headline leaves open"
    if weighted.estimate * other.estimate < 0.0:
        return f"{SAID_OF[design]} a difference in the other direction"
    size = "larger" if abs(other.estimate) > abs(weighted.estimate) else "smaller"
    return f"{SAID_OF[design]} a {size} difference in the same direction"


def _told_differences(comparison: pl.DataFrame) -> dict[tuple[str, int, str], Told]:
    """The published differences of everybody by outcome, horizon and design."""
    told = comparison.filter(
        pl.col("segment") == "all",
        pl.col("estimand").is_in(["risk_difference", "mean_difference"]),
        pl.col("status") == SHOWN,
        pl.all_horizontal(pl.col("estimate", "conf_low", "conf_high").is_not_null()),
    ).select("outcome", "horizon_days", "design", "estimate", "conf_low", "conf_high")
    return {tuple(row[:3]): Told(*row[3:]) for row in told.iter_rows()}


def _apart_from_leaning(comparison: pl.DataFrame) -> dict[tuple[str, int], float]:
    """How far the estimate by the coach's leaning is from the weighted one, in both errors."""
    keys = ["outcome", "horizon_days", "estimand"]
    of_everybody = comparison.filter(
        pl.col("segment") == "all",
        pl.col("estimand").is_in(["risk_difference", "mean_difference"]),
        pl.col("estimate").is_not_null(),
        pl.col("std_error").is_not_null(),
    )
    by = {
        name: of_everybody.filter(pl.col("design") == name).select(*keys, "estimate", "std_error")
        for name in ("weighted", "coach_preference")
    }
    both = by["weighted"].join(by["coach_preference"], on=keys)
    apart = (pl.col("estimate") - pl.col("estimate_right")).abs()
    error = (pl.col("std_error") ** 2 + pl.col("std_error_right") ** 2).sqrt()
    told = both.select("outcome", "horizon_days", apart / error)
    return {(outcome, horizon): value for outcome, horizon, value in told.iter_rows()}


def _risk_contrast(numbers: tuple[ArmNumbers, ArmNumbers], outcome: str) -> _Contrast:
    """The difference of risks at the longest horizon."""
    name: Outcome = next(each for each in OUTCOMES if each == outcome)
    of_a, of_b = influence_on_risk(numbers, name, 0)
    risks = [float(arm.risk[CAUSES_OF[name], 0].sum()) for arm in numbers]
    return _Contrast(risks[0] - risks[1], of_a - of_b)


def _hidden(study: Study, headline: Headline) -> Measured:
    """What the nearer end of the range comes to, over the strongest measured characteristic."""
    if headline.limit == 0.0:
        return NOT_MADE
    values = _values(study, headline.outcome)
    known = ~np.isnan(values)
    spread = float(values[known].std())
    if not spread > 0.0:
        return NOT_MADE
    is_risk = headline.outcome in OUTCOMES
    ratio = _limit_ratio(study, headline, values, spread)
    strongest, label = 1.0, ""
    for covariate in study.cohort.spec.covariates:
        for members in _halves(study, covariate):
            bound = _bound(members[known], study.cohort.people.is_a[known], values[known], is_risk)
            if bound > strongest:
                strongest, label = bound, covariate.in_words
    if strongest <= 1.0:
        return NOT_MADE
    return Measured((ratio - 1.0) / (strongest - 1.0), label)


def _limit_ratio(study: Study, headline: Headline, values: Floats, spread: float) -> float:
    """The nearer end of the range as a ratio of risks of at least 1."""
    if headline.outcome not in OUTCOMES:
        return float(np.exp(PER_DEVIATION * abs(headline.limit) / spread))
    is_a = study.cohort.people.is_a
    low = max(min(float(values[is_a].mean()), float(values[~is_a].mean())), 1e-3)
    return (low + abs(headline.limit)) / low


def _values(study: Study, outcome: str) -> Floats:
    """Everybody's value (n,): a pseudo-value for exits; NaN for who has none."""
    people, observed = study.cohort.people, study.observed_of(outcome)
    if observed is not None:
        numerator, denominator = observed.values.columns.T
        has = observed.values.has_value
        return np.where(has, numerator / np.where(has, denominator, 1.0), np.nan)
    name: Outcome = next(each for each in OUTCOMES if each == outcome)
    out = np.full(len(people), np.nan)
    for arm, is_a in zip(study.cohort.plain.arms, (True, False), strict=True):
        each = exit_pseudo_values(arm.curve, np.array([float(study.horizon)]))
        risks = each[:, : len(CAUSES)]
        out[people.arm(is_a=is_a)] = risks[:, CAUSES_OF[name]].sum(axis=1)
    return out


def _halves(study: Study, covariate: Covariate) -> Iterator[Bools]:
    """Ways of telling people apart by a characteristic: above its median, or one level of it."""
    frame, least = study.cohort.people.frame, max(study.cohort.spec.min_group, MIN_PEOPLE)
    if covariate.kind != "categorical":
        value = numbers_of(frame, covariate.column)
        if not np.isnan(value).all():
            yield value > np.nanmedian(value)
        return
    levels = levels_of(frame, covariate.column)
    names, sizes = np.unique(levels, return_counts=True)
    for name, size in zip(names, sizes, strict=True):
        if least <= size <= len(levels) - least:
            yield levels == name


def _bound(members: Bools, is_a: Bools, values: Floats, is_risk: bool) -> float:
    """The ratio of risks that one characteristic could account for alone (bounding factor)."""
    if not members.any() or members.all() or is_a.all() or not is_a.any():
        return 1.0
    with_arm = _ratio(float(members[is_a].mean()), float(members[~is_a].mean()))
    high, low = float(values[members].mean()), float(values[~members].mean())
    with_outcome = (
        _ratio(high, low)
        if is_risk
        else float(np.exp(PER_DEVIATION * abs(high - low) / max(float(values.std()), 1e-9)))
    )
    return with_arm * with_outcome / (with_arm + with_outcome - 1.0)


def _ratio(a: float, b: float) -> float:
    """The larger of two shares over the smaller, at least 1; neither counts as less than 0.001."""
    high, low = max(a, b, 1e-3), max(min(a, b), 1e-3)
    return high / low
