"""How the values of each outcome are shown: unit on screen, decimals, which way is better."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from dashboards.labels import source_name
from pipelines.contracts.tables import Metric, load_metrics
from pipelines.core.figures import decimals_of

EXITS = ("voluntary_exit", "involuntary_exit", "any_exit")
_SCALE = re.compile(r"points (\d+)-(\d+)")


@dataclass(frozen=True)
class OutcomeDisplay:
    """One outcome on one scale, as it stands on the pages.

    ``factor`` turns the tables' unit into the one on screen (fractions into parts of 100).
    ``counted`` is what a difference consists of ("people per 100"), ``less`` and ``more`` its two
    directions, ``below`` and ``above`` the same about the outcome itself ("fewer leavers").
    ``ends`` are the two ends of a questionnaire's scale, None where there is none.
    """

    title: str
    unit: str
    counted: str
    less: str
    more: str
    below: str
    above: str
    is_more_better: bool
    factor: float = 1.0
    digits: int = 1
    ends: tuple[int, int] | None = None

    @property
    def is_less_first(self) -> bool:
        """Whether the direction stands before what is counted: "fewer people", "points lower"."""
        return self.less == "fewer"

    def on_screen(self, value: float) -> float:
        """Return a value or difference of the tables in the unit on screen."""
        return value * self.factor

    def in_hundredths(self, value: float | None) -> float | None:
        """Return a difference in hundredths of the scale's length, better above 0."""
        low, high = self.ends or (0, 100)
        side = 1.0 if self.is_more_better else -1.0
        return None if value is None else value * (side * 100 / (high - low))


@cache
def display_of(outcome: str, estimand: str) -> OutcomeDisplay:
    """Return how one outcome is shown; KeyError if no contract describes it."""
    metric = _metrics()[outcome]
    if estimand == "rmst_difference_days":
        return _days()
    if outcome in EXITS:
        return _exits(outcome, metric)
    return _points(outcome, metric) if _SCALE.search(metric.unit) else _hours(metric)


def mean_horizon(outcome: str) -> int:
    """Return the last day that counts for an outcome other than an exit."""
    last_day = _metrics()[outcome].last_day
    if last_day is None:
        raise ValueError(f"{outcome} has horizons, not a last day")
    return last_day


def sources_of(*outcomes: str) -> str:
    """Return the names of the sources behind some outcomes: "Staff roster, exits"."""
    found = [name for each in outcomes for name in _metrics()[each].source.split(", ")]
    names = [source_name(name) for name in dict.fromkeys(found)]
    return ", ".join([names[0], *(name.lower() for name in names[1:])])


@cache
def _metrics() -> dict[str, Metric]:
    return {metric.outcome: metric for metric in load_metrics()}


def _days() -> OutcomeDisplay:
    return _amount("Days employed", "average days", "days", "days", is_more_better=True)


def _amount(
    title: str, unit: str, counted: str, noun: str, *, is_more_better: bool, factor: float = 1.0
) -> OutcomeDisplay:
    """Return a measure of which there is fewer or more: "fewer leavers", "more days"."""
    return OutcomeDisplay(
        title=title,
        unit=unit,
        counted=counted,
        less="fewer",
        more="more",
        below=f"fewer {noun}",
        above=f"more {noun}",
        is_more_better=is_more_better,
        factor=factor,
    )


def _exits(outcome: str, metric: Metric) -> OutcomeDisplay:
    noun = "dismissals" if outcome == "involuntary_exit" else "leavers"
    is_more_better = _is_more_better(metric)
    return _amount(
        metric.label, "per 100", "people per 100", noun, is_more_better=is_more_better, factor=100.0
    )


_NOUNS = {
    "emotional_exhaustion": ("less exhaustion", "more exhaustion"),
    "cynicism": ("less cynicism", "more cynicism"),
    "compassion_satisfaction": ("less satisfaction", "more satisfaction"),
    "morale": ("lower morale", "higher morale"),
    "customer_satisfaction": ("less satisfied", "more satisfied"),
    "quality_score": ("lower quality", "higher quality"),
}


def _points(outcome: str, metric: Metric) -> OutcomeDisplay:
    found = _SCALE.search(metric.unit)
    low, high = (int(found[1]), int(found[2])) if found else (0, 100)
    below, above = _NOUNS[outcome]
    better = "higher" if _is_more_better(metric) else "lower"
    return OutcomeDisplay(
        title=metric.label,
        unit=f"points from {low} to {high}, {better} is better",
        counted="points",
        less="lower",
        more="higher",
        below=below,
        above=above,
        is_more_better=_is_more_better(metric),
        digits=decimals_of(metric.unit),
        ends=(low, high),
    )


def _hours(metric: Metric) -> OutcomeDisplay:
    return _amount(
        metric.label,
        "hours lost per 100 scheduled",
        "hours per 100 scheduled",
        "hours lost",
        is_more_better=_is_more_better(metric),
        factor=100.0,
    )


def _is_more_better(metric: Metric) -> bool:
    return metric.direction == "higher_is_better"
