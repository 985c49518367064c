"""The data quality page: what came in, what was wrong with it, and which outcome it costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboards.data import SiteData
from dashboards.estimates import missing_word, records, why_missing
from dashboards.formats import (
    count,
    day_month_year,
    percent,
    plural,
    quarter_of,
    shortened,
)
from dashboards.labels import Arms, source_name
from dashboards.load import SURVEY_COLUMN
from dashboards.pages.head import render_topic
from dashboards.sentences import changes, data_status, outcome_grades, quality
from dashboards.sentences.rounding import note_of_answers
from pipelines.contracts.reportability_rules import MeasureRule, load_grade_rules

Cells = tuple[str, ...]
MOST_FILES = 30
"""Files in the table; the rest stand in the analysts' file."""


def quality_page(data: SiteData, font_base64: str | None) -> str:
    """Return ``quality.html``."""
    found = quality.findings(data)
    files = _newest_files(data)
    arms = Arms(data.arm_a, data.arm_b)
    return render_topic(
        data,
        font_base64,
        "quality",
        template="quality.html.j2",
        title=quality.page_title(found),
        about=plural(data.freshness.height, "source", "sources"),
        finding=quality.finding(found),
        lead=quality.lead(data, found),
        first_step=quality.first_step(found),
        is_calm=not (found.n_open or found.withheld or found.cautious or found.n_absent),
        outcomes=outcome_grades.outcome_grade_rows(data),
        parts=outcome_grades.withheld_parts(data),
        limits=_limits(),
        sources=[
            (row.name, row.status, row.latest, row.age, row.n_rows)
            for row in data_status.source_rows(data.freshness)
        ],
        open_files=[*quality.open_files(found), *quality.unknown_columns(data.ingested_file)],
        files=files,
        files_caption=_files_caption(len(files), data.ingested_file.height),
        failed=quality.failed_checks(found, data.check_labels),
        no_checks=quality.no_checks(data.check_result),
        quarantine=_quarantine(data),
        no_quarantine="No data." if data.ingested_file.is_empty() else "No row was set aside.",
        waiting=_waiting(data),
        min_group=data.min_group,
        names=(shortened(arms.a_title, 40), shortened(arms.b_title, 40)),
        survey_column=SURVEY_COLUMN,
        response_finding=quality.response_finding(data),
        responses=response_rows(data),
        responses_rounded=note_of_answers(data),
        change_finding=changes.finding(data),
        causes=changes.causes(data),
        moved=changes.moved_rows(data),
    )


def _limits() -> list[Cells]:
    rules = load_grade_rules().measures.values()
    return [
        (rule.label, _limit(rule, rule.caution), _limit(rule, rule.not_reportable), rule.why)
        for rule in rules
    ]


def _limit(rule: MeasureRule, limit: float | None) -> str:
    if limit is None:
        return "–"
    value = percent(limit) if rule.unit == "fraction" else f"{limit:g}"
    return f"{'over' if rule.beyond == 'above' else 'under'} {value}"


def _newest_files(data: SiteData) -> list[Cells]:
    rows = sorted(records(data.ingested_file), key=_by_age, reverse=True)[:MOST_FILES]
    return [
        (
            quality.place(row),
            _status(row),
            *(
                count(row[name])
                for name in (
                    "n_rows",
                    "n_accepted",
                    "n_quarantined",
                    "n_set_aside",
                    "n_skipped",
                    "n_superseded",
                )
            ),
            day_month_year(row["first_seen_at"].date() if row["first_seen_at"] else None),
        )
        for row in rows
    ]


def _by_age(row: Any) -> tuple[bool, str]:
    seen = row["first_seen_at"]
    return (quality.is_open_refusal(row), seen.isoformat() if seen else "")


def _status(row: Any) -> str:
    if row["status"] == "withdrawn":
        return "withdrawn: its rows count no longer"
    if row["status"] != "refused":
        return "loaded" if row["is_in_landing"] else "loaded, no longer in landing"
    return "refused" if row["is_in_landing"] else "refused, taken out since"


def _files_caption(n_shown: int, n_files: int) -> str:
    if n_shown == n_files:
        return f"{plural(n_files, 'file', 'files')}, the newest first"
    return f"The newest {n_shown} of {n_files:,} files; all stand in the analysts’ file"


def _quarantine(data: SiteData) -> list[Cells]:
    """Tabulate the rows set aside by source, rule and column, over all files; the most first."""
    return [
        (
            source_name(each.source),
            quality.rule_name(each.rule),
            each.column_name,
            count(each.n_rows),
        )
        for each in data.set_aside
    ]


def _waiting(data: SiteData) -> list[Cells]:
    """Tabulate the rows that can't count yet by source and reason, the most first."""
    return [
        (source_name(each.source), quality.waiting_reason(each.reason), count(each.n_rows))
        for each in data.waiting
    ]


def response_rows(data: SiteData) -> list[Cells]:
    """Return the share that answered, quarter by quarter, the newest first."""
    rows = list(records(data.response_rate))
    quarters: Sequence[Any] = sorted({row["quarter"] for row in rows}, reverse=True)
    cells = {(row["quarter"], row["arm"]): _response(row) for row in rows}
    return [
        (
            quarter_of(quarter),
            *(cells.get((quarter, arm), why_missing(None)) for arm in (data.arm_a, data.arm_b)),
        )
        for quarter in quarters
    ]


def _response(row: Any) -> str:
    if row["response_rate"] is None:
        return missing_word(row["status"])
    return (
        f"{percent(row['response_rate'])} ({count(row['n_answered'])} of {count(row['n_people'])})"
    )
