"""What the data behind the page is: how fresh, how checked, who is in it, what is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from dashboards.data import SiteData
from dashboards.estimates import Estimate, missing_word, records
from dashboards.formats import (
    NO_DATA,
    capitalised,
    count,
    day_month_year,
    joined,
    lowered,
    moment,
    plural,
)
from dashboards.labels import FROM_SOURCE, source_name
from dashboards.sentences.cut import compared_until, counted_until
from dashboards.sentences.phrases import Statement, as_sentence
from dashboards.sentences.tiles import tile_title, why_not
from pipelines.core.status import SUPPRESSED, words


@dataclass(frozen=True)
class Cell:
    """One cell of the freshness strip."""

    label: str
    value: str
    detail: str = ""
    is_warning: bool = False


def strip(data: SiteData) -> list[Cell]:
    """Return the freshness strip."""
    return [
        Cell(
            "Published",
            moment(data.published_at, data.time_zone),
            data_until_text(data.cut.counts_until or data.data_until),
        ),
        _employed(data),
        _sources(data.freshness),
        _checks(data),
        _set_aside(data),
    ]


def data_until_text(data_until: date | None) -> str:
    """Return up to when the data goes."""
    return NO_DATA if data_until is None else f"data to {day_month_year(data_until)}"


def stamp(data: SiteData) -> str:
    """Return what stands under every chart: the time looked at, and which publication this is."""
    return " · ".join(
        [*_first_sessions(data), capitalised(data_until_text(compared_until(data))), _number(data)]
    )


def head_stamp(data: SiteData) -> str:
    """Return what stands at the head of every page beside the dates of counts and comparisons."""
    return " · ".join([*_first_sessions(data), _number(data)])


def _number(data: SiteData) -> str:
    return data.stamp or number_and_day(data)


def number_and_day(data: SiteData) -> str:
    """Return which publication this is, and of which day."""
    day = day_month_year(data.published_at.date())
    return f"Publication {data.publication:,}, {day}" if data.publication else f"Published {day}"


def _first_sessions(data: SiteData) -> list[str]:
    if data.first_entry is None:
        return []
    return [f"People first coached since {day_month_year(data.first_entry).partition(' ')[2]}"]


def takeaway_name(path: str) -> str:
    """Return what a file made from the summary is called: "Summary, two pages (PDF)"."""
    name = capitalised(path.rpartition("/")[2].partition(".")[0].replace("-", " "))
    return f"{name}, two pages (PDF)" if path.endswith(".pdf") else f"{name} (PNG)"


def _sources(freshness: pl.DataFrame) -> Cell:
    rows = list(records(freshness))
    if not rows:
        return Cell("Sources on time", NO_DATA)
    there = [row for row in rows if row["status"] != "missing"]
    late = [source_name(row["source"]).lower() for row in there if not row["is_on_time"]]
    missing = len(rows) - len(there)
    parts = [f"late: {joined(late)}"] if late else []
    if missing:
        parts.append(f"{missing} not delivered")
    value = f"{len(there) - len(late)} of {len(there)}"
    return Cell("Sources on time", value, "; ".join(parts), bool(late))


def _checks(data: SiteData) -> Cell:
    rows = list(records(data.check_result))
    if not rows:
        return Cell("Quality checks", NO_DATA)
    failed = [row for row in rows if not row["passed"]]
    detail = ""
    if failed:
        worst = max(failed, key=lambda row: row["n_failed"] or 0)
        source = source_name(worst["table_name"].rpartition(".")[2])
        key = f"{worst['table_name']}.{worst['check_name']}"
        told = data.check_labels.get(key, worst["check_name"]).partition(" (")[0].replace("_", " ")
        name = f"{lowered(source)}: {lowered(told).removesuffix('.')}"
        more = "" if len(failed) == 1 else f", and {len(failed) - 1} more"
        detail = f"not passed: {name}{more}"
    value = f"{len(rows) - len(failed)} of {len(rows)} passed"
    return Cell("Quality checks", value, detail, bool(failed))


def _set_aside(data: SiteData) -> Cell:
    files, n = data.ingested_file, data.intake.n_set_aside
    if files.is_empty():
        return Cell("Rows set aside", NO_DATA)
    refused = len(
        [row for row in records(files) if row["status"] == "refused" and row["is_in_landing"]]
    )
    detail = f"of {count(data.intake.n_rows)} received"
    if refused:
        detail += f"; {plural(refused, 'file', 'files')} refused"
    return Cell("Rows set aside", count(n) if n else "none", detail, bool(refused))


def _employed(data: SiteData) -> Cell:
    """The plain fact that is counted every night, from the smallest group on."""
    now = data.headcount
    if not now.is_anybody:
        return Cell("Agents employed", NO_DATA)
    n = words(SUPPRESSED) if now.n_employed is None else count(now.n_employed)
    return Cell("Agents employed", n, f"counted to {day_month_year(counted_until(data))}")


def left_out(data: SiteData, tiles: Sequence[Estimate]) -> list[Statement]:
    """Return what a reader might look for on this page and not find, with the reason."""
    reasons: dict[str, list[str]] = {}
    for e in tiles:
        if not e.is_shown:
            reasons.setdefault(why_not(e), []).append(tile_title(e).lower())
    told = [
        Statement("off", f"{capitalised(joined(names))}.", why) for why, names in reasons.items()
    ]
    return told + _further_topics(data)


def _further_topics(data: SiteData) -> list[Statement]:
    """Return what other sources would add, grouped by what stands in the way."""
    computed = set(data.comparison["outcome"])
    there = {row["source"] for row in records(data.freshness) if row["status"] != "missing"}
    missing: list[str] = []
    refused: list[str] = []
    waiting: list[str] = []
    not_taken = {
        row["source"]
        for row in records(data.ingested_file)
        if row["status"] == "refused" and row["is_in_landing"]
    }
    for source, (topic, outcomes) in FROM_SOURCE.items():
        if source in data.missing_sources or source not in there:
            (refused if source in not_taken else missing).append(topic)
        elif outcomes and not computed & outcomes:
            waiting.append(topic)
    groups = (
        ("No data.", missing, "nothing has been delivered"),
        ("No data.", refused, "what was delivered was refused; the page on data quality says why"),
        ("Not computed yet.", waiting, "the data is here, the comparison isn’t"),
    )
    return [
        Statement("off", head, f"{capitalised(joined(topics))}: {why}.")
        for head, topics, why in groups
        if topics
    ]


@dataclass(frozen=True)
class FlowStep:
    """One step from roster to analysis."""

    label: str
    n_people: str
    left: str


def flow_steps(flow: pl.DataFrame) -> list[FlowStep]:
    """Return how many were left at each step, and why; none if every number is hidden."""
    rows = sorted(records(flow), key=lambda row: int(row["step_number"]))
    if all(row["n_people"] is None for row in rows):
        return []
    return [
        FlowStep(
            row["label"] or row["step"],
            _head_count(row),
            _left(row),
        )
        for row in rows
    ]


def _left(row: Mapping[str, Any]) -> str:
    """Return how many left at a step and why; empty where nobody did or the step is hidden."""
    n, reason = row["n_left"], row["reason"]
    if n is None:
        word = missing_word(row["status"])
        return "" if row["n_people"] is None else f"number left out {word}"
    if n == 0:
        return ""
    return f"{n:,} left out: {reason}" if reason else f"{n:,} left out"


def _head_count(row: Mapping[str, Any]) -> str:
    n = row["n_people"]
    return missing_word(row["status"]) if n is None else f"{n:,}"


def no_flow(flow: pl.DataFrame) -> str:
    """Return what stands in place of the steps."""
    if flow.is_empty():
        return as_sentence(NO_DATA)
    told = joined(sorted({missing_word(row["status"]) for row in records(flow)}))
    return f"How many people stand at each step: {told}."


@dataclass(frozen=True)
class SourceRow:
    """One line of the table of sources."""

    name: str
    status: str
    latest: str
    age: str
    n_rows: str


def source_rows(freshness: pl.DataFrame) -> list[SourceRow]:
    """Return every source with its age against what is expected."""
    return [
        SourceRow(
            source_name(row["source"]),
            {"present": "on time", "missing": "not delivered"}.get(row["status"], row["status"]),
            day_month_year(row["latest_date"]),
            _age(row["age_days"], row["expected_days"]),
            count(row["n_rows"]),
        )
        for row in records(freshness)
    ]


def _age(age_days: int | None, expected_days: int | None) -> str:
    if age_days is None:
        return NO_DATA
    age = plural(age_days, "day", "days")
    return age if expected_days is None else f"{age} ({expected_days:,} expected)"
