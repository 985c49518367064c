"""`outcomes.trend` in; out come the months of a measure and group as records, nothing computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Any

import polars as pl

from dashboards.estimates import records
from dashboards.formats import figure_digits, inwards, is_written, month_figure
from pipelines.contracts.trend_measures import MOVED, TOO_FEW, TrendMeasure, trend_measures
from pipelines.core.status import NO_DATA, SHOWN, SUPPRESSED

COUNTS = ("voluntary_exits", "any_exits")
"""What the pulse counts: the first of these whose newest month can be told and held to limits."""
RATES = {"voluntary_exits": "voluntary_exit_rate", "any_exits": "any_exit_rate"}
TILES = (
    "headcount",
    "left_within_90_days",
    "unplanned_absence",
    "exhaustion",
    "customer_satisfaction",
    "handle_time",
    "first_contact_resolution",
    "coached_30_days",
)
"""What stands beside leaving, in the page's order."""


MARKS = {
    "above_limit": "▲", "below_limit": "▼", "run_above": "△", "run_below": "▽", "rising": "△",
    "falling": "▽", "outer_third_above": "△", "outer_third_below": "▽",
}  # fmt: skip
"""The sign of a signal: filled outside the limits, open for a pattern; up where there is more."""


_MOST_FURTHER = 2


@dataclass(frozen=True)
class Month:
    """One month of a measure, as in the table; ``row`` has its columns."""

    row: Mapping[str, Any]

    @property
    def day(self) -> date:
        """The first of the month."""
        return self.row["month"]  # type: ignore[no-any-return]

    @property
    def value(self) -> float | None:
        """The figure, None where there is none."""
        return self.row["value"]  # type: ignore[no-any-return]

    @property
    def is_signalled(self) -> bool:
        """Whether it is part of any signal."""
        return self.row["signal"] not in (None, "none")

    @property
    def is_upward(self) -> bool:
        """Whether its signal is of more, not of less."""
        return MARKS.get(self.row["signal"]) in ("▲", "△")

    @property
    def is_outside(self) -> bool:
        """Whether it lies outside a limit."""
        return self.row["signal"] in ("above_limit", "below_limit")


@dataclass(frozen=True)
class Series:
    """The months of one measure and group in order, and the newest one with a figure."""

    measure: TrendMeasure
    months: tuple[Month, ...]

    @property
    def told(self) -> tuple[Month, ...]:
        """The months with a figure."""
        return tuple(each for each in self.months if each.value is not None)

    @property
    def newest(self) -> Month | None:
        """The newest month with a figure."""
        return self.told[-1] if self.told else None

    @property
    def last(self) -> Month | None:
        """The newest month, with or without a figure."""
        return self.months[-1] if self.months else None

    @property
    def has_data(self) -> bool:
        """Whether any month has a figure, or one that isn't shown."""
        return any(each.row["status"] != NO_DATA for each in self.months)

    @property
    def has_limits(self) -> bool:
        """Whether its newest month has limits to be held against."""
        return self.newest is not None and self.newest.row["mean"] is not None

    @property
    def is_judged(self) -> bool:
        """Whether something is said of what is usual, be it that nothing is."""
        if self.newest is None:
            return False
        has_moved = self.newest.row["reason"] in MOVED.values()
        return self.has_limits or has_moved or self.newest.is_outside

    @property
    def has_too_few(self) -> bool:
        """Whether too few leave for anything to be usual; else time, or a figure, is missing."""
        return self.newest is not None and self.newest.row["reason"] == TOO_FEW

    @property
    def phases(self) -> list[tuple[Month, ...]]:
        """The told months by the stretch that set their limits together, in order."""
        numbers = dict.fromkeys(each.row["phase"] for each in self.told)
        return [tuple(m for m in self.told if m.row["phase"] == number) for number in numbers]

    @property
    def is_drawable(self) -> bool:
        """Whether there are two months at least."""
        return len(self.told) > 1

    @property
    def missing(self) -> str:
        """Why months have no figure: hidden ones before any that have no data or come too early."""
        gaps = [each.row["status"] for each in self.months if each.value is None]
        return SUPPRESSED if SUPPRESSED in gaps else gaps[-1] if gaps else NO_DATA

    def before(self, month: Month) -> Month | None:
        """The month before one of them; None for the first."""
        return next((a for a, b in pairwise(self.months) if b == month), None)

    def text(self, value: float) -> str:
        """Write a figure in the measure's unit."""
        return month_figure(self.measure.unit, value, self._further)

    def span_text(self, low: float, high: float) -> tuple[str, str]:
        """Write both ends of a usual range, inwards where the months' own digits are too few.

        A month that lies outside then reads as outside, and none inside does not.
        """
        unit, further = self.measure.unit, self._further
        if not self._hides(further) or not self._is_written(further):
            return self.text(low), self.text(high)
        digits = figure_digits(unit) + further
        return (
            month_figure(unit, inwards(unit, low, digits, is_upper=False), further),
            month_figure(unit, inwards(unit, high, digits, is_upper=True), further),
        )

    @cached_property
    def _further(self) -> int:
        """How many more digits tell every month outside its limits from the limit it passed.

        Never more than the months have themselves, which are released in steps.
        """
        return next(
            (n for n in range(_MOST_FURTHER) if not self._hides(n) or self._is_written(n)),
            _MOST_FURTHER,
        )

    def _hides(self, further: int) -> bool:
        """Whether a month outside its limits would read like the limit it passed."""
        ends = {"above_limit": "usual_high", "below_limit": "usual_low"}
        return any(
            month_figure(self.measure.unit, month.value or 0.0, further)
            == month_figure(self.measure.unit, month.row[ends[month.row["signal"]]] or 0.0, further)
            for month in self.told
            if month.is_outside
        )

    def _is_written(self, further: int) -> bool:
        """Whether so many more digits write every month as it was released."""
        unit = self.measure.unit
        digits = figure_digits(unit) + further
        return all(is_written(unit, month.value or 0.0, digits) for month in self.told)


def measure_of(name: str) -> TrendMeasure:
    """Return a measure by its name."""
    return next(each for each in trend_measures() if each.name == name)


def series(frame: pl.DataFrame, measure: str, scope: str = "all", value: str = "all") -> Series:
    """Return one measure of one group."""
    rows = frame.filter(
        pl.col("measure") == measure, pl.col("scope") == scope, pl.col("scope_value") == value
    ).sort("month")
    return Series(measure_of(measure), tuple(Month(row) for row in records(rows)))


def of_site(frame: pl.DataFrame, measure: str, site: str | None) -> Series:
    """Return one measure of a site; of everybody without one."""
    return series(frame, measure) if site is None else series(frame, measure, "site", site)


def groups(frame: pl.DataFrame, scope: str) -> list[str]:
    """Return the groups of a scope with anything to show, in alphabetical order."""
    shown = frame.filter(pl.col("scope") == scope, pl.col("status") == SHOWN)
    return sorted(shown["scope_value"].unique().to_list())


def counted(frame: pl.DataFrame, site: str | None = None) -> Series:
    """Return what the pulse counts: leaving by choice where that can be told, else in any way."""
    found = [of_site(frame, name, site) for name in COUNTS]
    for each in found:
        if each.newest is not None and each.newest == each.last and each.is_judged:
            return each
    return found[-1]
