"""From an interval and the people behind it to a verdict word: the one function that gives them.

In this order:

1. too_little_data, because an arm has nobody (status no_data), or nobody in an arm was followed to
   the horizon (status too_early). In a part of the workforce dates decide first: people may still
   come into an arm.
2. not_reportable: the propensity model can't be fitted, an arm's weights leave an effective sample
   size under `MIN_EFFECTIVE_SAMPLE`, or less than `MIN_OVERLAP` of an arm has counterparts.
3. too_little_data: under `MIN_EVENTS` exits in both groups together, or under `MIN_EXPECTED_EVENTS`
   expected in an arm if exits were spread evenly over people; for a mean or a rate, an arm has
   under `MIN_VALUES` people with a value; or no interval exists. The estimate stays with it, so
   that a reader sees what little there is.
4. better or worse (for arm a): the interval excludes no difference.
5. no_clear_difference: it doesn't. This is not the same as "no difference".

Whether a row may be shown at all is another question, which `pipelines.disclosure` answers. No
reason names a count of people: it may lie under the floor.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.core.group_words import group_of
from pipelines.core.status import (
    NO_DATA,
    NOT_REPORTABLE,
    SHOWN,
    TOO_EARLY,
    TOO_LITTLE_DATA,
    Status,
)
from pipelines.estimators.results import VerdictWord

MIN_EFFECTIVE_SAMPLE = 20.0
"""Effective sample size that each weighted arm needs (people)."""
MIN_OVERLAP = 0.8
"""Share of each arm that needs counterparts in the other."""
MIN_EVENTS = 10
"""Exits needed in both arms together."""
MIN_EXPECTED_EVENTS = 5.0
"""Exits each arm would need if they were spread evenly over people (Cochran 1954)."""
MIN_VALUES = 20
"""People with a value that each arm needs for a mean or a rate."""


@dataclass(frozen=True)
class ArmSupport:
    """The support of one arm: people, coaches, overlap; weights may be absent (None)."""

    label: str
    n_people: int
    n_coaches: int
    effective_sample_size: float | None = None
    overlap: float | None = None


@dataclass(frozen=True)
class ComparisonSupport:
    """The support of both arms of a design, and what kept the design from being fitted."""

    arms: tuple[ArmSupport, ArmSupport]
    problem: str | None = None
    nobody: str = "nobody is"
    """How the reason begins for arms without people: who is missing in them."""
    is_part: bool = False
    """Whether it is a part of the workforce, into whose empty arm people may still come."""


@dataclass(frozen=True)
class Evidence:
    """What one estimate says: exits (a, b), where follow-up ends early, and its interval.

    ``n_events`` is None for a mean or a rate: there people with a value are counted.
    """

    horizon_days: int
    n_events: tuple[int, int] | None
    is_followed: tuple[bool, bool]
    conf_low: float | None
    conf_high: float | None
    no_difference: float
    is_lower_better: bool


@dataclass(frozen=True)
class Verdict:
    """A verdict word, the status of its row, why there is none, and whether values go with it."""

    word: VerdictWord
    status: Status = SHOWN
    reason: str | None = None
    hides_values: bool = False


def verdict_for(support: ComparisonSupport, evidence: Evidence | None = None) -> Verdict:
    """Return the verdict; without evidence, only what holds for a design as a whole.

    A verdict without `reason` from a call without evidence means that nothing stands in the way.
    """
    blocked = None if _is_early_part(support, evidence) else _nobody(support)
    if blocked is None and evidence is not None:
        blocked = _not_followed(support, evidence)
    blocked = blocked or _not_comparable(support)
    if blocked is not None:
        return blocked
    if evidence is None:
        return Verdict("no_clear_difference")
    if evidence.n_events is None:
        few = _few_values(support)
    else:
        few = _few_exits(support, evidence.n_events)
    return few or _no_interval(evidence) or _by_interval(evidence)


def _is_early_part(support: ComparisonSupport, evidence: Evidence | None) -> bool:
    """Whether nobody in a part can have been followed so far: dates decide before empty arms."""
    if evidence is None or not support.is_part:
        return False
    there = [i for i, arm in enumerate(support.arms) if arm.n_people]
    return bool(there) and not any(evidence.is_followed[i] for i in there)


def _nobody(support: ComparisonSupport) -> Verdict | None:
    empty = [arm.label for arm in support.arms if arm.n_people == 0]
    if not empty:
        return None
    where = "either group" if len(empty) > 1 else group_of(empty[0])
    reason = f"no data: {support.nobody} in {where}"
    return Verdict("too_little_data", NO_DATA, reason, hides_values=True)


def _not_followed(support: ComparisonSupport, evidence: Evidence) -> Verdict | None:
    short = [
        arm.label
        for arm, reached in zip(support.arms, evidence.is_followed, strict=True)
        if not reached
    ]
    if not short:
        return None
    reason = not_followed_reason(short, evidence.horizon_days)
    return Verdict("too_little_data", TOO_EARLY, reason, hides_values=True)


def not_followed_reason(labels: Sequence[str], day: int) -> str:
    """Say that nobody in these arms was followed for so many days."""
    whom = "either group" if len(labels) > 1 else group_of(labels[0])
    return f"too early: nobody in {whom} has been followed for {day} days yet"


def _not_comparable(support: ComparisonSupport) -> Verdict | None:
    if support.problem is not None:
        return _not_reportable(support.problem)
    for arm in support.arms:
        size = arm.effective_sample_size
        if size is not None and size < MIN_EFFECTIVE_SAMPLE:
            reason = (
                f"after weighting, {group_of(arm.label)} counts for only {size:.1f} people, "
                f"under the {MIN_EFFECTIVE_SAMPLE:.0f} needed"
            )
            return _not_reportable(reason)
        if arm.overlap is not None and arm.overlap < MIN_OVERLAP:
            reason = (
                f"only {math.floor(100 * arm.overlap)}% of {group_of(arm.label)} have comparable "
                f"people in the other one, under {MIN_OVERLAP:.0%}"
            )
            return _not_reportable(reason)
    return None


def _not_reportable(reason: str) -> Verdict:
    return Verdict("not_reportable", NOT_REPORTABLE, reason, hides_values=True)


def _too_little(reason: str) -> Verdict:
    return Verdict("too_little_data", TOO_LITTLE_DATA, reason)


def _few_values(support: ComparisonSupport) -> Verdict | None:
    for arm in support.arms:
        if arm.n_people < MIN_VALUES:
            return _too_little(
                f"fewer than {MIN_VALUES} people in {group_of(arm.label)} have a value"
            )
    return None


def _few_exits(support: ComparisonSupport, n_events: tuple[int, int]) -> Verdict | None:
    total = sum(n_events)
    if total < MIN_EVENTS:
        return _too_little(f"fewer than {MIN_EVENTS} exits in both groups together")
    n_people = sum(arm.n_people for arm in support.arms)
    for arm in support.arms:
        if total * arm.n_people / n_people < MIN_EXPECTED_EVENTS:
            return _too_little(
                f"fewer than {MIN_EXPECTED_EVENTS:.0f} exits expected in {group_of(arm.label)}"
            )
    return None


def _no_interval(evidence: Evidence) -> Verdict | None:
    if evidence.conf_low is not None and evidence.conf_high is not None:
        return None
    what = "values" if evidence.n_events is None else "exits"
    return _too_little(f"no interval can be computed from these {what}")


def _by_interval(evidence: Evidence) -> Verdict:
    word = verdict_word(
        evidence.conf_low,
        evidence.conf_high,
        evidence.no_difference,
        is_lower_better=evidence.is_lower_better,
    )
    return Verdict(word)


def verdict_word(
    conf_low: float | None,
    conf_high: float | None,
    no_difference: float,
    *,
    is_lower_better: bool,
) -> VerdictWord:
    """Say on which side of no difference an interval lies; a missing limit excludes nothing."""
    if conf_low is not None and conf_low > no_difference:
        return "worse" if is_lower_better else "better"
    if conf_high is not None and conf_high < no_difference:
        return "better" if is_lower_better else "worse"
    return "no_clear_difference"
