"""Released month rows in; out comes `outcomes.trend`, a row per measure, group and whole month.

Made of rounded figures alone, so limits and signals tell nothing that the months don't.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import polars as pl

from pipelines.contracts.trend_measures import TrendMeasure, trend_measures
from pipelines.core.status import NO_DATA, SHOWN, SUPPRESSED, words
from pipelines.estimators.trend.limits import Limits, limits_before_newest
from pipelines.estimators.trend.signals import Signal, run_length, signals

TREND_SCHEMA: dict[str, Any] = {
    "measure": pl.String(),
    "scope": pl.String(),
    "scope_value": pl.String(),
    "month": pl.Date(),
    "value": pl.Float64(),
    "unit": pl.String(),
    "n_people": pl.Int64(),
    "mean": pl.Float64(),
    "lower_limit": pl.Float64(),
    "upper_limit": pl.Float64(),
    "usual_low": pl.Float64(),
    "usual_high": pl.Float64(),
    "signal": pl.String(),
    "n_run": pl.Int64(),
    "is_welcome": pl.Boolean(),
    "n_points": pl.Int64(),
    "is_trial": pl.Boolean(),
    "is_newest": pl.Boolean(),
    "value_month_before": pl.Float64(),
    "value_year_before": pl.Float64(),
    "change_month": pl.Float64(),
    "change_year": pl.Float64(),
    "target": pl.Float64(),
    "target_state": pl.String(),
    "status": pl.String(),
    "reason": pl.String(),
}
FEW_A_MONTH = 2.0
"""Leavers a month under which months are too lumpy to be judged one by one."""
TOO_FEW = "too few leave a month to say what is usual"
HIDDEN_MONTHS = "months are hidden, and the others are no fair sample of what is usual"
_LEAVERS = ("n_exits", "n_voluntary_exits", "n_involuntary_exits")
_UP = ("above_limit", "run_above", "rising", "outer_third_above")
Row = dict[str, Any]
Month = Mapping[str, Any]


@dataclass(frozen=True)
class Floors:
    """How few people a figure may be about, and to what leavers of a kind are rounded."""

    min_group: int
    grid: int


def trend_table(
    groups: Mapping[tuple[str, str], Sequence[Month]],
    targets: Mapping[str, float],
    floors: Floors,
) -> pl.DataFrame:
    """Return every measure of every group; a group's months are rows of a month table, in order.

    Keys are the scope and its value. ``targets`` are those of the settings, by measure, and hold
    for everybody.
    """
    rows = [
        row | {"scope": scope, "scope_value": value}
        for (scope, value), months in groups.items()
        for measure in trend_measures()
        for row in _measured(
            measure, months, targets.get(measure.name) if scope == "all" else None, floors
        )
    ]
    return pl.DataFrame(rows, schema=TREND_SCHEMA, orient="row")


def _measured(
    measure: TrendMeasure, months: Sequence[Month], target: float | None, floors: Floors
) -> list[Row]:
    rows = [_month_row(measure, month, floors.min_group) for month in months]
    told = [row for row in rows if row["value"] is not None]
    values = [row["value"] for row in told]
    limits, why_none = _limits(measure, rows, floors.grid)
    found: list[Signal] = signals(values, limits) if limits else ["none"] * len(values)
    by_month = {row["month"]: row["value"] for row in told}
    for place, row in enumerate(told):
        row |= _compared(row, by_month)
        row["is_newest"] = place == len(told) - 1
        row["signal"] = found[place]
        row["reason"] = why_none
        if limits:
            row |= _limit_columns(measure, limits)
            row["n_run"] = run_length(values, place, found[place], limits.mean)
            row["is_welcome"] = _is_welcome(measure, found[place])
        row |= {"target": target, "target_state": _target_state(measure, limits, target)}
    return rows


def _limits(
    measure: TrendMeasure, rows: Sequence[Row], grid: int
) -> tuple[Limits | None, str | None]:
    """The limits of a measure, or why it has none although it could."""
    told = [row for row in rows if row["value"] is not None]
    if not measure.has_limits or not told:
        return None, None
    if measure.is_hidden_by_value and any(row["status"] == SUPPRESSED for row in rows):
        return None, HIDDEN_MONTHS
    people = [row["n_people"] if measure.denominator else 1 for row in told]
    if measure.numerator in _LEAVERS and len(told) > 1:
        n_left = [row["value"] * n / measure.times for row, n in zip(told, people, strict=True)]
        if fmean(n_left[:-1]) < FEW_A_MONTH:
            return None, TOO_FEW
    step = measure.times * grid / max(min(people), 1) if measure.is_hidden_by_value else 0.0
    return limits_before_newest([row["value"] for row in told], step), None


def _month_row(measure: TrendMeasure, month: Month, min_group: int) -> Row:
    """A month's figure, or why there is none."""
    row: Row = dict.fromkeys(TREND_SCHEMA) | {
        "measure": measure.name,
        "month": month["month"],
        "unit": measure.unit,
    }
    status = month["status"] if month["status"] != SHOWN else month[measure.status]
    top, people = month[measure.numerator], month[measure.people]
    if status == SHOWN and people is not None and 0 < people < min_group:
        status = SUPPRESSED
    below = month[measure.denominator] if measure.denominator else 1
    if status == SHOWN and (top is None or not below):
        status = NO_DATA
    if status != SHOWN:
        return row | {"status": status, "reason": words(status), "is_newest": False}
    return row | {
        "value": measure.times * top / below,
        "n_people": None if people is None else round(people),
        "status": SHOWN,
    }


def _compared(row: Row, by_month: Mapping[dt.date, float]) -> Row:
    """The month before, a year before, and what has changed since."""
    month: dt.date = row["month"]
    before = by_month.get((month - dt.timedelta(days=1)).replace(day=1))
    year = by_month.get(month.replace(year=month.year - 1))
    return {
        "value_month_before": before,
        "value_year_before": year,
        "change_month": None if before is None else row["value"] - before,
        "change_year": None if year is None else row["value"] - year,
    }


def _limit_columns(measure: TrendMeasure, limits: Limits) -> Row:
    lower = limits.lower if measure.lowest is None else max(limits.lower, measure.lowest)
    low, high = lower, limits.upper
    if measure.is_count:
        low, high = float(math.ceil(low)), float(math.floor(high))
        if low > high:  # no whole number lies between them
            low = high = float(round(limits.mean))
    return {
        "mean": limits.mean,
        "lower_limit": lower,
        "upper_limit": limits.upper,
        "usual_low": low,
        "usual_high": high,
        "n_points": limits.n_points,
        "is_trial": limits.is_trial,
    }


def _is_welcome(measure: TrendMeasure, signal: Signal) -> bool | None:
    if signal == "none" or measure.good == "none":
        return None
    return (signal in _UP) == (measure.good == "higher")


def _target_state(measure: TrendMeasure, limits: Limits | None, target: float | None) -> str | None:
    """Where the limits lie from a target (assurance, as in *Making Data Count*)."""
    if limits is None or target is None or measure.good == "none":
        return None
    short, beyond = limits.upper < target, limits.lower > target
    if measure.good == "lower":
        short, beyond = beyond, short
    return "out_of_reach" if short else "met_as_a_rule" if beyond else "met_at_times"
