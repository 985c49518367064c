"""Released month rows in; out comes `outcomes.trend`, a row per measure, group and whole month.

Made of rounded figures and of what they are rounded to, so limits and signals tell next to nothing
that the months don't. A number of leavers is judged by its rate: a month's signal is that of the
rate, its usual range the rate's in people at the month's average headcount.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import polars as pl
from scipy.stats import chi2

from pipelines.contracts.trend_measures import (
    CLOSED,
    MOVED,
    OPENED,
    TOO_FEW,
    TrendMeasure,
    trend_measures,
)
from pipelines.core.status import (
    NO_DATA,
    NOT_REPORTABLE,
    SHOWN,
    SUPPRESSED,
    TOO_EARLY,
    words,
)
from pipelines.estimators.trend.limits import FEWEST, Limits, are_many, control_limits, moved
from pipelines.estimators.trend.signals import Signal, run_length, signals

TREND_SCHEMA: dict[str, Any] = {
    "measure": pl.String(),
    "scope": pl.String(),
    "scope_value": pl.String(),
    "month": pl.Date(),
    "value": pl.Float64(),
    "unit": pl.String(),
    "n_people": pl.Int64(),
    "conf_low": pl.Float64(),
    "conf_high": pl.Float64(),
    "phase": pl.Int64(),
    "break_reason": pl.String(),
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
NOT_APART = "rounded to steps of {} people, it can’t be told apart from all who left"
HIDDEN_MONTHS = "months are hidden, and the others are no fair sample of what is usual"
COMPARED = 24
"""Newest months in which some who left must not read as more than all."""
_LEAVERS = ("n_exits", "n_voluntary_exits", "n_involuntary_exits")
LIKELY = 0.95
"""Of the likely range of a rate."""
_JUDGED = ("signal", "reason", "n_run", "is_welcome", "n_points", "is_trial")
"""What a number of leavers takes from its rate as it is."""
_WAYS: dict[str | None, Signal] = {MOVED["risen"]: "rising", MOVED["fallen"]: "falling"}
"""The signal of the newest month of a measure that has no usual range because it has moved."""
_UP = ("above_limit", "run_above", "rising", "outer_third_above")
Row = dict[str, Any]
Month = Mapping[str, Any]
Steps = Mapping[dt.date, float]
"""What the figures of each month are rounded to."""
Breaks = Mapping[str, Mapping[str, dt.date]]
"""When a process changed, by measure and reason: limits are set anew from that month on."""


@dataclass(frozen=True)
class Floors:
    """How few people a figure may be about, and to what leavers of a kind are rounded."""

    min_group: int
    grid: int


def trend_table(
    groups: Mapping[tuple[str, str], Sequence[Month]],
    targets: Mapping[str, float],
    floors: Floors,
    breaks: Breaks | None = None,
) -> pl.DataFrame:
    """Return every measure of every group; a group's months are rows of a month table, in order.

    Keys are the scope and its value. ``targets`` are those of the settings, by measure, and hold
    for everybody; so are ``breaks``, which hold for every group.
    """
    rows = [
        row | {"scope": scope, "scope_value": value}
        for (scope, value), months in groups.items()
        for measure in trend_measures()
        for row in _measured(
            measure,
            months,
            targets.get(measure.name) if scope == "all" else None,
            floors,
            _breaks_of(measure, breaks or {}),
        )
    ]
    return pl.DataFrame(rows, schema=TREND_SCHEMA, orient="row")


def _breaks_of(measure: TrendMeasure, breaks: Breaks) -> dict[str, dt.date]:
    """The breaks of all that counts the same: a number of leavers and its rate change together."""
    alike = [each.name for each in trend_measures() if each.numerator == measure.numerator]
    return {reason: day for name in alike for reason, day in breaks.get(name, {}).items()}


def _measured(
    measure: TrendMeasure,
    months: Sequence[Month],
    target: float | None,
    floors: Floors,
    breaks: Mapping[str, dt.date],
) -> list[Row]:
    summed = [_over_months(measure, months[: place + 1]) for place in range(len(months))]
    rows = [_month_row(measure, month, floors.min_group) for month in summed]
    if measure.part_of and _reads_as_more(measure, measure.part_of, months):
        rows = [_not_apart(row, floors.grid) for row in rows]
    by_month = {row["month"]: row["value"] for row in rows if row["value"] is not None}
    steps = {month["month"]: _step(measure, month, floors.grid) for month in months}
    parts = phases(rows, breaks)
    for number, (reason, part) in enumerate(parts, start=1):
        if measure.judged_by is None:
            _judge(measure, part, steps, target, is_last=number == len(parts))
        for row in part:
            if row["value"] is not None:
                row |= _compared(row, by_month)
                row |= {"phase": number, "break_reason": reason}
                row["is_newest"] = row["month"] == max(by_month)
    if measure.judged_by is not None:
        rate = next(each for each in trend_measures() if each.name == measure.judged_by)
        rates = _measured(rate, months, None, floors, breaks)
        for row, of_rate, month in zip(rows, rates, months, strict=True):
            if row["value"] is not None:
                row |= _judged_by(rate, of_rate, measure, month) | {"target": target}
                row["target_state"] = _target_state(measure, _limits_of(row), target)
    return rows


def _judged_by(rate: TrendMeasure, of_rate: Row, measure: TrendMeasure, month: Month) -> Row:
    """What the rate of a month says of its number of leavers, in people at its headcount."""
    row = {name: of_rate[name] for name in _JUDGED}
    if of_rate["mean"] is None:
        return row | {"signal": row["signal"] or "none"}
    people = month[rate.denominator or ""] / rate.times
    mean, low, high = (people * of_rate[name] for name in ("mean", "lower_limit", "upper_limit"))
    limits = Limits(mean, low, high, of_rate["n_points"])
    return row | _limit_columns(measure, limits)


def _limits_of(row: Row) -> Limits | None:
    if row["mean"] is None:
        return None
    return Limits(row["mean"], row["lower_limit"], row["upper_limit"], row["n_points"])


def phases(
    rows: Sequence[Row], breaks: Mapping[str, dt.date]
) -> list[tuple[str | None, list[Row]]]:
    """Part the months where a process changed; each part with the reason that begins it.

    The month in which it changed belongs to what comes after it.
    """
    starts = sorted((day.replace(day=1), reason) for reason, day in breaks.items())
    reasons: list[str | None] = [None, *(reason for _, reason in starts)]
    found: list[list[Row]] = [[] for _ in reasons]
    for row in rows:
        found[sum(start <= row["month"] for start, _ in starts)].append(row)
    return [(reason, part) for reason, part in zip(reasons, found, strict=True) if part]


def _judge(
    measure: TrendMeasure, rows: Sequence[Row], steps: Steps, target: float | None, is_last: bool
) -> None:
    """Write limits and signals into the months of one phase; only the newest month sets none."""
    told = [row for row in rows if row["value"] is not None]
    values = [row["value"] for row in told]
    limits, why_none = _limits(measure, rows, steps, is_last)
    found: list[Signal] = signals(values, limits) if limits else ["none"] * len(values)
    for place, row in enumerate(told):
        row["signal"] = found[place]
        row["reason"] = why_none
        if limits:
            row |= _limit_columns(measure, limits)
            row["n_run"] = run_length(values, place, found[place], limits)
            row["is_welcome"] = _is_welcome(measure, found[place])
        elif row is told[-1]:
            row["signal"] = _without_limits(measure, told, why_none)
            row["is_welcome"] = _is_welcome(measure, row["signal"])
        row |= {"target": target, "target_state": _target_state(measure, limits, target)}


def _without_limits(measure: TrendMeasure, told: Sequence[Row], why_none: str | None) -> Signal:
    """What the newest month is that has no limits: moved with those before, or one of many."""
    if why_none != TOO_FEW or measure.is_hidden_by_value or len(told) <= FEWEST:
        return _WAYS.get(why_none, "none")
    *before, newest = (round(_n_left(measure, row)) for row in told)
    people = [row["n_people"] for row in told]
    is_outside = are_many(newest, sum(before), people[-1] / sum(people))
    return "above_limit" if is_outside else "none"


def _n_left(measure: TrendMeasure, row: Row) -> float:
    """How many left in a month, from its rate or as they are counted."""
    people = row["n_people"] if measure.denominator else 1
    return float(row["value"] * people / measure.times)


def _limits(
    measure: TrendMeasure, rows: Sequence[Row], steps: Steps, is_last: bool
) -> tuple[Limits | None, str | None]:
    """The limits of a measure, or why it has none although it could."""
    told = [row for row in rows if row["value"] is not None]
    if not measure.has_limits or not told:
        return None, None
    if measure.is_hidden_by_value and any(row["status"] == SUPPRESSED for row in rows):
        return None, HIDDEN_MONTHS
    if measure.numerator in _LEAVERS and len(told) > 1:
        before = [_n_left(measure, row) for row in told[:-1]]
        if fmean(before) < FEW_A_MONTH:
            return None, TOO_FEW
    step = max(steps[row["month"]] for row in told)
    setting = [row["value"] for row in (told[:-1] if is_last else told)]
    limits = control_limits(setting, step)
    how = moved(setting, limits) if limits else None
    return (None, MOVED[how]) if how else (limits, None)


def _step(measure: TrendMeasure, month: Month, grid: int) -> float:
    """What a month's figure is rounded to; 0 for what is exact."""
    if measure.is_hidden_by_value:
        people = (month[measure.denominator] or 0) if measure.denominator else 1
        return measure.times * grid / max(people, 1)
    return float(month.get(step_of(measure.numerator)) or 0.0)


def step_of(column: str) -> str:
    """Return the column of a month row that has what a column's figure is rounded to."""
    return f"{column}_step"


def _over_months(measure: TrendMeasure, until: Sequence[Month]) -> Month:
    """The last month, with the sums over as many months as the measure is about."""
    if measure.months == 1:
        return until[-1]
    told = until[-measure.months :]
    if len(told) < measure.months:
        return {**until[-1], "status": TOO_EARLY}
    if any(each["status"] != SHOWN for each in told):
        return {**until[-1], "status": SUPPRESSED}
    names = [name for name in (measure.numerator, measure.denominator) if name]
    return {**until[-1], **{name: sum(each[name] for each in told) for name in names}}


def _month_row(measure: TrendMeasure, month: Month, min_group: int) -> Row:
    """A month's figure, or why there is none."""
    row: Row = dict.fromkeys(TREND_SCHEMA) | {
        "measure": measure.name,
        "month": month["month"],
        "unit": measure.unit,
    }
    edge = _edge(month) if measure.is_annualised else None
    if edge:
        return row | {"status": NOT_REPORTABLE, "reason": edge, "is_newest": False}
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
        **_likely(measure, top, below),
    }


def _reads_as_more(measure: TrendMeasure, whole: str, months: Sequence[Month]) -> bool:
    """Whether some who left, in steps, are more than all who left in one of the newest months."""
    newest = months[-COMPARED:]
    told = [month for month in newest if month["status"] == month[measure.status] == SHOWN]
    return any(month[measure.numerator] > month[whole] for month in told)


def _not_apart(row: Row, grid: int) -> Row:
    """A month of what isn't told, whatever that month by itself would be."""
    if row["status"] not in (SHOWN, SUPPRESSED):
        return row
    kept = {name: row[name] for name in ("measure", "month", "unit")}
    untold = {"status": NOT_REPORTABLE, "reason": NOT_APART.format(grid), "is_newest": False}
    return dict.fromkeys(TREND_SCHEMA) | kept | untold


def _edge(month: Month) -> str | None:
    """Whether a group began or ended the month with nobody; None for others and hidden ones."""
    if month["status"] != SHOWN:
        return None
    return CLOSED if month["n_closing"] == 0 else OPENED if month["n_opening"] == 0 else None


def _likely(measure: TrendMeasure, n: float, below: float) -> Row:
    """The likely range of a rate whose leavers are counted exactly (Garwood 1936, Poisson)."""
    if measure.denominator is None or measure.numerator != "n_exits":
        return {}
    tail, times = (1 - LIKELY) / 2, measure.times / below
    low = chi2.ppf(tail, 2 * n) / 2 if n else 0.0
    return {"conf_low": times * low, "conf_high": times * chi2.ppf(1 - tail, 2 * n + 2) / 2}


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
    lowest, highest = measure.range
    lower, upper = max(limits.lower, lowest), min(limits.upper, highest)
    low, high = lower, upper
    if measure.is_count:
        low, high = float(math.ceil(low)), float(math.floor(high))
        if low > high:  # no whole number lies between them
            low = high = float(round(limits.mean))
    return {
        "mean": limits.mean,
        "lower_limit": lower,
        "upper_limit": upper,
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
