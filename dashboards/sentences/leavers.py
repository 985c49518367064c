"""What is said of who leaves and who stays: reasons, regretted losses, and quarters of hire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards.data import SiteData
from dashboards.estimates import missing_word, records
from dashboards.figures.hire_map import hire_map, of_group
from dashboards.formats import (
    capitalised,
    count,
    decimal,
    in_100,
    is_few,
    joined,
    lowered,
    month_year,
    plural,
    quarter_of,
)
from dashboards.trends import series
from pipelines.core.status import NO_DATA, SHOWN, SUPPRESSED, TOO_EARLY, words

Row = Mapping[str, Any]
_OTHER = "Other"
"""A code of HR's, which isn't what few people gave."""
_TOGETHER, _NOT_RECORDED = "Reasons of few people, together", "Not recorded"
"""What stands below the reasons that have words, in this order."""
_MOST_REASONS = 6
_EARLY = 3
"""Months in the job that the title is about: most who leave soon have left by then."""


@dataclass(frozen=True)
class Leavers:
    """What is told of who left in the last twelve whole months; empty texts where nobody did.

    ``absent`` names what isn't delivered or is hidden. ``rows`` are reasons with their leavers,
    ``further`` says how many more there are, ``alone`` from when on a reason has a row of its own.
    """

    title: str = ""
    span: str = ""
    absent: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    further: str = ""
    alone: str = ""

    @property
    def has_figures(self) -> bool:
        """Whether there is anything but what is missing."""
        return bool(self.title)


def leavers(data: SiteData) -> Leavers:
    """Return how many leavers HR would have kept, and why people left."""
    row = _of_everybody(data.regretted_exit)
    if row is None:
        return Leavers()
    has_marks, has_reasons = row["status"] != NO_DATA, not data.exit_reason.is_empty()
    absent = [] if has_reasons else ["reasons for leaving"]
    absent += [] if has_marks else ["regretted losses"]
    rows = _reasons(data)
    is_hidden = has_reasons and all(row["status"] != SHOWN for row in rows)
    rows = [] if is_hidden else rows
    listed = [row for row in rows if not _without_words(row)][:_MOST_REASONS]
    listed += [row for row in rows if _without_words(row)]
    rest = [row for row in rows if row not in listed]
    hidden = f"Why people left: {words(SUPPRESSED)}." if is_hidden else ""
    no_data = f"No data on {joined(absent)}." if absent else ""
    title = _regretted(data, row) if has_marks else "Why people left" if rows else ""
    return Leavers(
        title,
        f"Who left {_span(row)}, as HR recorded it",
        " ".join(each for each in (hidden, no_data) if each),
        tuple((_name(row), _told(data, row)) for row in listed),
        _further(data, rest) if rest else "",
        _alone(data) if any(_name(row) == _TOGETHER for row in listed) else "",
    )


def _span(row: Row) -> str:
    first, last = (month_year(row[name]) for name in ("first_month", "last_month"))
    return f"in {last}" if first == last else f"from {first} to {last}"


def _regretted(data: SiteData, row: Row) -> str:
    if row["status"] != SHOWN:
        return f"Regretted losses: {words(row['status'])}"
    is_rounded = bool(data.grid)
    lost, known = (_people(data, row[name], is_rounded) for name in ("n_regretted", "n_recorded"))
    return f"Regretted losses: {lost} of {known} leavers that HR has judged"


def _reasons(data: SiteData) -> list[Row]:
    """Each reason, most leavers first; those of few come after them, and none recorded last."""
    by_number = data.exit_reason.sort(
        "n_exits", "reason", descending=[True, False], nulls_last=True
    )
    return sorted(records(by_number), key=_without_words)


def _name(row: Row) -> str:
    """What a reason is called; that "Other" is a code of HR's is said."""
    name = capitalised(row["reason"])
    return f"{name} (as recorded)" if name == _OTHER else name


def _told(data: SiteData, row: Row) -> str:
    is_shown = row["status"] == SHOWN
    return _people(data, row["n_exits"], _is_rounded(data)) if is_shown else words(row["status"])


def _is_rounded(data: SiteData) -> bool:
    return bool(data.grid) and data.exit_kind != "open"


def _further(data: SiteData, rest: list[Row]) -> str:
    """Tell how many reasons the list leaves out, and with how many leavers each."""
    told = joined([f"{lowered(_name(row))} {_told(data, row)}" for row in rest])
    many = plural(len(rest), "more reason", "more reasons")
    return f"{many}: {told}."


def _alone(data: SiteData) -> str:
    people = plural(data.min_group, "person", "people")
    teams = plural(data.min_coaches, "team", "teams")
    return f"A reason has a row of its own from {people} of {teams} on."


def stayers_title(data: SiteData, site: str | None = None) -> str:
    """Return how many of the newest quarter that could stay for three months did."""
    early = (
        of_group(data, site)
        .filter(pl.col("status") == SHOWN, pl.col("months_in_job") == _EARLY)
        .sort("hire_quarter")
    )
    if early.is_empty():
        word = "" if site is None else f": {words(SUPPRESSED)}"
        return f"Who is still there, by quarter of hire{'' if hire_map(data, site)[1] else word}"
    newest = early.row(-1, named=True)
    day = newest["hire_quarter"]
    year_before = pl.lit(day).dt.offset_by("-1y")
    past = [_in_100(row) for row in records(early.filter(pl.col("hire_quarter") == year_before))]
    before = f", {past[0]} a year before" if past else ""
    return (
        f"Hired in {quarter_of(day)}: {_in_100(newest)} of 100 still there after {_EARLY} months"
        f"{before}"
    )


def stayers_note(data: SiteData) -> str:
    """Return whom the map leaves out, and why; what a cell says is explained where one says so."""
    months = series(data.trend, "any_exits").months
    begin = f" ({month_year(months[0].day)})" if months else ""
    told = (
        f"Columns: months in the job. Quarters that began before the data{begin} are left out, "
        "since those who left early then aren’t in the data."
    )
    cells = [cell for quarter in hire_map(data)[1] for cell in quarter.cells]
    if not any(cell.status == TOO_EARLY for cell in cells):
        return told
    return f"{told} “Too early”: not everybody hired in the quarter could have stayed so long yet."


def no_stayers(data: SiteData) -> str:
    """Return why there is no map of who is still there; empty where there is one."""
    if hire_map(data)[1]:
        return ""
    head = "Who is still there, by quarter of hire"
    told = sorted({missing_word(row["status"]) for row in records(of_group(data))})
    if told:
        return f"{head}: {joined(told)}."
    return f"{head}: no data. No quarter of hire that began within the data can be told of yet."


def _in_100(row: Row) -> str:
    return decimal(in_100(row["share_still_there"]), 0)


def _of_everybody(frame: pl.DataFrame) -> Row | None:
    rows = frame.filter(pl.col("scope") == "all")
    return None if rows.is_empty() else rows.row(0, named=True)


def _people(data: SiteData, n: int, is_rounded: bool) -> str:
    """Write a number of leavers: rounded ones as such, few only as few."""
    if is_few(n, data.min_group) or (n == 0 and is_rounded):
        return f"fewer than {data.min_group}"
    return f"about {count(n)}" if is_rounded else count(n)


def _without_words(row: Row) -> int:
    """The place among what has no words of its own; 0 for a reason that has."""
    name = capitalised(row["reason"])
    return 1 + (_TOGETHER, _NOT_RECORDED).index(name) if name in (_TOGETHER, _NOT_RECORDED) else 0
