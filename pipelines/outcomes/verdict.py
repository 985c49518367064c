"""The verdict words, their thresholds and the one function that hands them out.

In this order:

1. not_reportable, "hidden for privacy": an arm has fewer people than `min_group` or fewer coaches
   than `min_coaches`. Nothing about either arm is shown, because one arm's count and the trial
   flow would give away the other's.
2. too_little_data, "no data": an arm has nobody, or nobody in an arm was followed to the horizon.
3. not_reportable: the propensity model can't be fitted, an arm's weights leave an effective sample
   size under `MIN_EFFECTIVE_SAMPLE`, or less than `MIN_OVERLAP` of an arm has counterparts.
4. too_little_data: under `MIN_EVENTS` exits in both arms together, or under `MIN_EXPECTED_EVENTS`
   expected in an arm if exits were spread evenly over people; for a mean or a rate, an arm has
   under `MIN_VALUES` people with a value; or no interval exists. The estimate is shown with it, so
   that a reader sees what little there is.
5. better or worse (for arm a): the interval excludes no difference.
6. no_clear_difference: it doesn't. This is not the same as "no difference".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.core import status as states
from pipelines.core.status import Status
from pipelines.outcomes.results import VerdictWord

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
HIDDEN = "hidden for privacy"
"""How every reason starts that hides something: too few people or coaches stand behind it."""
NO_DATA = "no data"
"""How a reason starts when there is nothing to estimate."""


@dataclass(frozen=True)
class ArmStanding:
    """What decides whether an arm can bear a comparison; weights may be absent (None)."""

    label: str
    n_people: int
    n_coaches: int
    effective_sample_size: float | None = None
    overlap: float | None = None


@dataclass(frozen=True)
class Standing:
    """Both arms of a design, the privacy floor, and what kept the design from being fitted."""

    arms: tuple[ArmStanding, ArmStanding]
    min_group: int
    min_coaches: int
    problem: str | None = None
    nobody: str = "nobody is in"
    """What is said before the name of an arm without people."""


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
    """A verdict word, why (None for the last three), and what must not be shown with it."""

    word: VerdictWord
    reason: str | None = None
    hides_values: bool = False
    hides_counts: bool = False
    status: Status = states.SHOWN


def judge(standing: Standing, evidence: Evidence | None = None) -> Verdict:
    """Hand out the verdict; without evidence, only what holds for a design as a whole.

    A verdict without `reason` from a call without evidence means that nothing stands in the way.
    """
    blocked = _privacy(standing) or _nobody(standing)
    if blocked is None and evidence is not None:
        blocked = _not_followed(standing, evidence)
    blocked = blocked or _not_comparable(standing)
    if blocked is not None:
        return blocked
    if evidence is None:
        return Verdict("no_clear_difference")
    if evidence.n_events is None:
        few = _few_values(standing)
    else:
        few = _few_exits(standing, evidence.n_events)
    return few or _no_interval(evidence) or _by_interval(evidence)


def _privacy(standing: Standing) -> Verdict | None:
    for arm in standing.arms:
        if 0 < arm.n_people < standing.min_group:
            return _hidden(f"fewer than {standing.min_group} people in {arm.label}")
        if arm.n_people > 0 and arm.n_coaches < standing.min_coaches:
            return _hidden(f"fewer than {standing.min_coaches} coaches in {arm.label}")
    return None


def _hidden(why: str) -> Verdict:
    return Verdict(
        "not_reportable",
        f"{HIDDEN}: {why}",
        hides_values=True,
        hides_counts=True,
        status=states.SUPPRESSED,
    )


def _nobody(standing: Standing) -> Verdict | None:
    empty = [arm.label for arm in standing.arms if arm.n_people == 0]
    if not empty:
        return None
    reason = f"{NO_DATA}: {standing.nobody} {' or '.join(empty)}"
    return Verdict("too_little_data", reason, hides_values=True, status=states.NO_DATA)


def _not_followed(standing: Standing, evidence: Evidence) -> Verdict | None:
    short = [
        arm.label
        for arm, reached in zip(standing.arms, evidence.is_followed, strict=True)
        if not reached
    ]
    if not short:
        return None
    return Verdict(
        "too_little_data",
        not_followed_reason(short, evidence.horizon_days),
        hides_values=True,
        status=states.TOO_EARLY,
    )


def not_followed_reason(labels: Sequence[str], day: int) -> str:
    """Say that nobody in these arms was followed for so many days."""
    return f"{NO_DATA}: nobody in {' or '.join(labels)} was followed for {day} days"


def _not_comparable(standing: Standing) -> Verdict | None:
    if standing.problem is not None:
        return Verdict(
            "not_reportable", standing.problem, hides_values=True, status=states.NOT_REPORTABLE
        )
    for arm in standing.arms:
        size = arm.effective_sample_size
        if size is not None and size < MIN_EFFECTIVE_SAMPLE:
            reason = (
                f"the weights leave {arm.label} an effective sample size of {size:.1f}, "
                f"under {MIN_EFFECTIVE_SAMPLE:.0f}"
            )
            return Verdict(
                "not_reportable", reason, hides_values=True, status=states.NOT_REPORTABLE
            )
        if arm.overlap is not None and arm.overlap < MIN_OVERLAP:
            reason = (
                f"only {arm.overlap:.0%} of {arm.label} have comparable people in the other arm, "
                f"under {MIN_OVERLAP:.0%}"
            )
            return Verdict(
                "not_reportable", reason, hides_values=True, status=states.NOT_REPORTABLE
            )
    return None


def _few_values(standing: Standing) -> Verdict | None:
    for arm in standing.arms:
        if arm.n_people < MIN_VALUES:
            reason = f"{arm.n_people} people of {arm.label} have a value, under {MIN_VALUES}"
            return Verdict("too_little_data", reason, status=states.TOO_LITTLE_DATA)
    return None


def _few_exits(standing: Standing, n_events: tuple[int, int]) -> Verdict | None:
    total = sum(n_events)
    if total < MIN_EVENTS:
        exits = "1 exit" if total == 1 else f"{total} exits"
        return Verdict(
            "too_little_data",
            f"{exits} in both arms, under {MIN_EVENTS}",
            status=states.TOO_LITTLE_DATA,
        )
    n_people = sum(arm.n_people for arm in standing.arms)
    for arm in standing.arms:
        expected = total * arm.n_people / n_people
        if expected < MIN_EXPECTED_EVENTS:
            reason = (
                f"{expected:.1f} exits expected in {arm.label}, under {MIN_EXPECTED_EVENTS:.0f}"
            )
            return Verdict("too_little_data", reason, status=states.TOO_LITTLE_DATA)
    return None


def _no_interval(evidence: Evidence) -> Verdict | None:
    if evidence.conf_low is not None and evidence.conf_high is not None:
        return None
    what = "values" if evidence.n_events is None else "exits"
    return Verdict(
        "too_little_data",
        f"no interval can be computed from these {what}",
        status=states.TOO_LITTLE_DATA,
    )


def _by_interval(evidence: Evidence) -> Verdict:
    low, high = evidence.conf_low, evidence.conf_high
    if low is not None and low > evidence.no_difference:
        return Verdict("worse" if evidence.is_lower_better else "better")
    if high is not None and high < evidence.no_difference:
        return Verdict("better" if evidence.is_lower_better else "worse")
    return Verdict("no_clear_difference")
