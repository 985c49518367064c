"""Made-up publications, one per situation that the data quality page has to tell rightly.

The grades in them are those of the real rules.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from dashboards.data import SiteData
from pipelines.contracts.reportability_rules import load_grade_rules
from pipelines.contracts.tables import load_metrics
from pipelines.core.status import NOT_REPORTABLE, SHOWN, SUPPRESSED
from pipelines.quality.data_measures import response_measures
from pipelines.quality.reportability import (
    DataMeasure,
    apply_grades,
    outcome_grades,
    outcome_problems,
)
from pipelines.quality.segment_reportability import part_grades

RATE_SCHEMA = {
    "quarter": pl.Date,
    "arm": pl.String,
    "n_people": pl.Int64,
    "n_answered": pl.Int64,
    "response_rate": pl.Float64,
    "reason": pl.String,
    "status": pl.String,
}
FINE = (
    DataMeasure("exits_without_kind", 0.08, 532),
    DataMeasure("exits_set_aside", 0.001, 700),
    DataMeasure("exits_of_unknown_people", 0.0, 700),
    DataMeasure("exits_stop_early", 0.4, 310, "1 day"),
    DataMeasure("survey_response", 0.79, 567, "in compliance"),
    DataMeasure("survey_response_gap", 0.048, 567, "79% in compliance, 83% in compassionate"),
    DataMeasure("shift_days_missing", 0.01, 130, "North"),
    DataMeasure("shift_days_missing_overall", 0.002, 1560),
)
OUTCOME_LABELS = {metric.outcome: metric.label for metric in load_metrics()}


def responses(
    arms: tuple[str, str], answered: tuple[int, int] = (480, 410), hidden: bool = False
) -> pl.DataFrame:
    """Two quarters of surveys among 600 and 520 people; the older one may be hidden."""
    reason = "hidden for privacy: fewer than 10 people"
    rows: list[tuple[Any, ...]] = []
    for quarter in (dt.date(2026, 4, 1), dt.date(2026, 7, 1)):
        for arm, n, k in zip(arms, (600, 520), answered, strict=True):
            is_hidden = hidden and quarter.month == 4
            numbers = (
                (None, None, None, reason, SUPPRESSED) if is_hidden else (n, k, k / n, None, SHOWN)
            )
            rows.append((quarter, arm, *numbers))
    return pl.DataFrame(rows, schema=RATE_SCHEMA, orient="row")


def graded(data: SiteData, measures: Sequence[DataMeasure] = FINE) -> SiteData:
    """The same publication with its grades, and what they withhold withheld."""
    problems = outcome_problems(measures, data.freshness, data.check_result, load_grade_rules())
    grades = outcome_grades(problems, list(OUTCOME_LABELS))
    return replace(
        data,
        comparison=_withheld(apply_grades(data.comparison, grades)),
        outcome_grade=with_status(grades),
        outcome_problem=with_status(problems),
    )


def with_status(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with a status per row: everything in it may be shown."""
    return frame.with_columns(pl.lit(SHOWN).alias("status"))


def _withheld(comparison: pl.DataFrame) -> pl.DataFrame:
    """The comparison with the state of what the grades took away."""
    is_withheld = (pl.col("verdict") == "not_reportable") & (pl.col("status") == SHOWN)
    status = pl.when(is_withheld).then(pl.lit(NOT_REPORTABLE)).otherwise("status")
    return comparison.with_columns(status.alias("status"))


def measured(*changed: DataMeasure) -> tuple[DataMeasure, ...]:
    """All measures are fine but these."""
    by_name = {measure.name: measure for measure in (*FINE, *changed)}
    return tuple(by_name.values())


def clean() -> SiteData:
    """Everything taken, on time and whole."""
    from tests.figures import worlds

    base = worlds.world()
    files = base.ingested_file.with_columns(
        n_quarantined=pl.lit(0, pl.Int64), n_accepted=pl.col("n_rows")
    )
    return graded(
        replace(
            base,
            check_result=worlds.checks(0),
            ingested_file=files,
            quarantine_summary=base.quarantine_summary.clear(),
        )
    )


def refused_file() -> SiteData:
    """One refused file waits in landing, one was taken out; rows and survey answers set aside."""
    from tests.figures import worlds

    base = worlds.world()
    refused = base.ingested_file.filter(pl.col("source") == "attrition").with_columns(
        status=pl.lit("refused"),
        n_accepted=pl.lit(0, pl.Int64),
        reason=pl.lit("31 of 120 rows (25.8%) break a rule; at most 5.0% may"),
    )
    waiting = refused.with_columns(file=pl.lit("exits_november.csv"))
    settled = refused.with_columns(file=pl.lit("exits_old.csv"), is_in_landing=pl.lit(False))
    odd = base.ingested_file.with_columns(
        unknown_columns=pl.when(pl.col("source") == "roster").then(pl.lit("badge colour, desk"))
    )
    broken = [
        ("fatigue_surveys", "fatigue_surveys.csv", "range", "cynicism", 3),
        ("fatigue_surveys", "fatigue_surveys.csv", "range", "stress", 2),
        ("fatigue_surveys", "fatigue_surveys.csv", "range", "morale", 14),
        ("fatigue_surveys", "fatigue_surveys.csv", "required", "submitted_on", 4),
        ("shifts", "shifts.csv", "wrong_field_count", None, 2),
    ]
    aside = pl.DataFrame(broken, schema=base.quarantine_summary.schema, orient="row")
    return graded(
        replace(
            base,
            ingested_file=pl.concat([odd, waiting, settled], how="diagonal"),
            quarantine_summary=pl.concat([base.quarantine_summary, aside], how="diagonal"),
        )
    )


def late_sources() -> SiteData:
    """Exits and shifts are late, exits stop before the data ends, one site has few shifts."""
    from tests.figures import worlds

    sites = pl.DataFrame({"site": ["South"], "n_days": [120], "missing_share": [0.31]})
    base = replace(
        worlds.world(),
        freshness=worlds.freshness(late=("attrition", "shifts")),
        part_grade=with_status(part_grades(sites, load_grade_rules())),
    )
    return graded(base, measured(DataMeasure("exits_stop_early", 5.2, 310, "9 days")))


def low_response() -> SiteData:
    """Few answer, and fewer in one group; an early quarter is hidden."""
    from tests.figures import worlds

    arms = pl.DataFrame(
        {
            "arm": ["compassionate", "compliance"],
            "n_people": [600, 520], "n_answered": [390, 208],
            "n_compared": [600, 520], "n_with_value": [390, 208],
        }
    )  # fmt: skip
    base = worlds.world()
    shown = responses(worlds.COMPASSIONATE, (390, 208), hidden=True)
    return graded(replace(base, response_rate=shown), measured(*response_measures(arms)))


QUALITY_WORLDS: dict[str, Callable[[], SiteData]] = {
    make.__name__: make for make in (clean, refused_file, late_sources, low_response)
}
