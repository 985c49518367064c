"""Outcomes before day 0, compared as the headline is: where the arms differ, they always did.

In come a study and its headline; out comes how far the arms differed in the same outcome in days
that lie before anything that people are weighted by. Comparing the newest score before day 0 would
accuse every comparison in which that score bears on the kind of coaching, which the weights make
up for; an older one is tied to the kind of coaching only through the scores that are adjusted for,
unless something behind the scores is (Lipsitch, Tchetgen Tchetgen & Cohen 2010, Epidemiology
21:383).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.estimators.credibility.measured import (
    NOT_MADE,
    Found,
    Headline,
    Measured,
    Study,
    placebo_measure,
)
from pipelines.estimators.design_fit import Observation, regression_problem
from pipelines.estimators.estimate_rows import difference
from pipelines.estimators.measure_estimates import (
    MeasureValues,
    measure_contrast,
    measure_precision,
    values_of,
)
from pipelines.estimators.results import DesignName
from pipelines.estimators.verdict import MIN_VALUES

READINGS_OF_WORK = ("quality_score", "customer_satisfaction")
"""Outcomes that read the same trait of how people work."""


@dataclass(frozen=True)
class Before:
    """The difference before day 0 and half the width of its interval."""

    estimate: float
    margin: float


def before_day_0(study: Study, outcome: str) -> Before | None:
    """Return the difference before day 0; None with too few people who were there."""
    cohort = study.cohort
    people, spec, fit = cohort.people, cohort.spec, cohort.adjusted
    values = values_of(people, study.placebo_values, placebo_measure(outcome))
    if fit.support.problem is not None or _is_too_small(study, values):
        return None
    as_they_are = Observation(np.ones(len(people)), None)
    is_thin = regression_problem(people, spec, fit, values.has_value) is not None
    design: DesignName = "weighted" if is_thin else "doubly_robust"
    contrast = measure_contrast(people, fit, design, values, as_they_are)
    precision = measure_precision(people, spec, values.has_value, fit.weights)
    told = difference(*contrast, precision)
    if told.estimate is None or told.conf_high is None:
        return None
    return Before(told.estimate, told.conf_high - told.estimate)


def _is_too_small(study: Study, values: MeasureValues) -> bool:
    """Whether an arm has too few people, or coaches, with a value before day 0."""
    people, spec = study.cohort.people, study.cohort.spec
    for is_a in (True, False):
        mine = values.has_value & (people.is_a == is_a)
        if mine.sum() < max(MIN_VALUES, spec.min_group):
            return True
        if len(np.unique(people.coach[mine])) < max(2, spec.min_coaches):
            return True
    return False


def found_before(study: Study, headline: Headline, before: Mapping[str, Before | None]) -> Found:
    """Return what the checks of the time before day 0 found; `before` by outcome.

    Outcomes that read the same work are looked at together, and the clearer difference counts.
    """
    own = placebo_measure(headline.outcome).outcome
    asked = (own, *(n for n in READINGS_OF_WORK if own in READINGS_OF_WORK and n != own))
    clearest = _clearest(study, before, asked)
    work = _clearest(study, before, READINGS_OF_WORK)
    mine = before.get(own)
    is_clear = mine is not None and _over_margin(mine) > 1.0 and own == headline.outcome
    return {
        "placebo": clearest or Measured(None, study.labels[own].lower()),
        "placebo_work": work if work is not None and headline.limit != 0.0 else NOT_MADE,
        "placebo_size": _size(mine, headline) if mine is not None and is_clear else NOT_MADE,
    }


def _clearest(
    study: Study, before: Mapping[str, Before | None], asked: Sequence[str]
) -> Measured | None:
    """The clearest difference before day 0 among some outcomes; None where none is known."""
    known = {name: each for name in asked if (each := before.get(name)) and each.margin > 0.0}
    if not known:
        return None
    name = max(known, key=lambda each: _over_margin(known[each]))
    return Measured(_over_margin(known[name]), study.labels[name].lower())


def _over_margin(before: Before) -> float:
    """A difference over half the width of its interval; 0 where there is no width."""
    return abs(before.estimate) / before.margin if before.margin > 0.0 else 0.0


def _size(before: Before, headline: Headline) -> Measured:
    """The difference before day 0 over the headline's, 0 where they point apart."""
    is_same_way = before.estimate * headline.estimate > 0.0
    return Measured(abs(before.estimate / headline.estimate) if is_same_way else 0.0)
