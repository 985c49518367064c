"""People of one coach against each other: a comparison in which no coach can be the better one.

In come the people and the columns they are adjusted for; out come rows of the comparison.

A coach whose people stay may also be one who leans to arm a. Weighted designs take the difference
between such coaches for one between kinds of coaching; here only people of the same coach are
compared. Values, arm and covariates are taken as deviations from the mean of the coach's people
(fixed effects; Wooldridge 2010, Econometric Analysis, section 10.5) and the value is regressed on
the arm and the covariates by least squares. Only coaches who gave both kinds take part; each counts
by how evenly they did. Exits enter as pseudo-values, as in `doubly_robust`; errors leave out one
coach at a time.

It needs that among one coach's people the list of covariates holds what drew them to a kind. It
says nothing where every coach gives one kind only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import polars as pl

from pipelines.estimators.cohort import People, subset
from pipelines.estimators.design_fit import DesignFit
from pipelines.estimators.designs import unadjusted
from pipelines.estimators.designs.doubly_robust import exit_pseudo_values, numbers_of_moments
from pipelines.estimators.exit_estimates import ArmNumbers, rows_of
from pipelines.estimators.kernels.estimating_equations import Moments, Sample
from pipelines.estimators.kernels.survival import CAUSES, Bools, Floats, Ints
from pipelines.estimators.kernels.two_stage_least_squares import at_one_and_zero
from pipelines.estimators.measure_estimates import ObservedMeasure, measure_rows
from pipelines.estimators.results import COMPARISON_SCHEMA, ComparisonSpec

DESIGN: Literal["within_coach"] = "within_coach"
MIN_COACHES = 5
"""Coaches who gave both kinds, for errors that leave one out to mean anything."""


@dataclass(frozen=True)
class Sides:
    """Both arms' mean values from a regression within coaches, and each coach's influence."""

    at_a: Moments
    at_b: Moments
    n_coaches: int
    """Coaches with people of both arms."""


def comparison_rows(people: People, spec: ComparisonSpec, controls: Floats) -> pl.DataFrame:
    """Return one row per outcome, horizon and estimand of exits."""
    rows = of_both_kinds(people, people.has_coach)
    some = subset(people, rows)
    plain = unadjusted.fit(some, spec)
    numbers, n_coaches = exit_numbers(some, spec, plain, controls[rows])
    return rows_of(_fit(plain, n_coaches), spec, numbers)


def exit_numbers(
    people: People, spec: ComparisonSpec, plain: DesignFit, controls: Floats
) -> tuple[tuple[ArmNumbers, ArmNumbers], int]:
    """Return both arms' risks and days lost, and the number of coaches behind them."""
    days = np.asarray(spec.horizon_days, dtype=np.float64)
    values = np.zeros((len(people), 2 * len(CAUSES) * len(days)))
    for arm, is_a in zip(plain.arms, (True, False), strict=True):
        if arm.curve.n_people:
            values[people.arm(is_a=is_a)] = exit_pseudo_values(arm.curve, days)
    found = sides_of(people, values, np.ones(len(people)), controls)
    a, b = (
        numbers_of_moments(arm.curve, days, side)
        for arm, side in zip(plain.arms, (found.at_a, found.at_b), strict=True)
    )
    return (a, b), found.n_coaches


def measure_comparison(
    people: People, spec: ComparisonSpec, controls: Floats, observed: Sequence[ObservedMeasure]
) -> pl.DataFrame:
    """Return the rows of outcomes with a value per person."""
    plain = unadjusted.fit(people, replace(spec, horizon_days=()))
    rows: list[dict[str, Any]] = []
    for each in observed:
        counted = of_both_kinds(people, each.values.has_value & people.has_coach)
        has_value = np.zeros(len(people), dtype=bool)
        has_value[counted] = True
        own = replace(each.values, has_value=has_value)
        values, influences, n_coaches = measure_sides(people, controls, each, counted)
        fit = _fit(plain, n_coaches)
        contrast = (values, influences)
        rows += measure_rows(people, spec, fit, DESIGN, own, each.observation, contrast)
    return pl.DataFrame(rows, schema=COMPARISON_SCHEMA)


def measure_sides(
    people: People, controls: Floats, observed: ObservedMeasure, counted: Ints
) -> tuple[list[float], list[Floats], int]:
    """Return both arms' values, each coach's influence on them, and how many coaches there are."""
    some = subset(people, counted)
    weights = observed.observation.weights[counted]
    found = sides_of(some, observed.values.columns[counted], weights, controls[counted])
    both = (found.at_a, found.at_b)
    values = [float(side.value[0] / side.value[1]) for side in both]
    influences = [
        (side.influence[:, 0] - value * side.influence[:, 1]) / side.value[1]
        for side, value in zip(both, values, strict=True)
    ]
    return values, influences, found.n_coaches


def sides_of(people: People, values: Floats, weights: Floats, controls: Floats) -> Sides:
    """Fit values (n, k) of people whose coaches all gave both kinds; NaN where there are none."""
    own = _Coach(people.coach, weights, people.n_coaches)
    treated = own.apart(people.is_a.astype(np.float64)[:, None])[:, 0]
    sample = Sample(
        own.apart(values), np.arange(len(people)), weights, people.coach, people.n_coaches
    )
    at_a, at_b = at_one_and_zero(sample, treated, np.hstack([_ones(people), own.apart(controls)]))
    return Sides(at_a, at_b, len(np.unique(people.coach)))


@dataclass(frozen=True)
class _Coach:
    """Who has which coach, and with which weight (n)."""

    number: Ints
    weights: Floats
    n_coaches: int

    def apart(self, columns: Floats) -> Floats:
        """Return columns (n, k) as deviations from the coach's mean, about the mean of all."""
        if not len(columns):
            return columns
        total = np.bincount(self.number, weights=self.weights, minlength=self.n_coaches)
        out = np.empty_like(columns)
        for k in range(columns.shape[1]):
            summed = np.bincount(
                self.number, weights=self.weights * columns[:, k], minlength=self.n_coaches
            )
            means = np.divide(summed, total, out=np.zeros_like(summed), where=total > 0)
            everybody = float(np.average(columns[:, k], weights=self.weights))
            out[:, k] = columns[:, k] - means[self.number] + everybody
        return out


def _ones(people: People) -> Floats:
    return np.ones((len(people), 1))


def of_both_kinds(people: People, counts: Bools) -> Ints:
    """Return the positions of who counts and has a coach with counted people of both arms."""
    in_a = np.bincount(people.coach[counts & people.is_a], minlength=people.n_coaches)
    in_b = np.bincount(people.coach[counts & ~people.is_a], minlength=people.n_coaches)
    return np.flatnonzero(counts & ((in_a > 0) & (in_b > 0))[people.coach])


def _fit(plain: DesignFit, n_coaches: int) -> DesignFit:
    """Call a fit by this design's name; too few coaches of both kinds make it not reportable."""
    problem = (
        f"fewer than {MIN_COACHES} coaches gave both kinds of coaching"
        if n_coaches < MIN_COACHES
        else None
    )
    whom = plain.support.nobody.removeprefix("nobody")
    support = replace(
        plain.support, problem=problem, nobody=f"nobody whose coach gave both kinds{whom}"
    )
    return replace(plain, design=DESIGN, n_clusters=n_coaches, support=support)
