"""From the warehouse to `SiteData`: the frames as they are released, and a few facts."""

from __future__ import annotations

import datetime as dt

import polars as pl

from dashboards.data import (
    Cut,
    Event,
    Headcount,
    Intake,
    SetAside,
    SiteData,
    Takeaways,
    WaitingRows,
)
from dashboards.frames import FRAMES
from dashboards.number_format import Notation
from pipelines.config.settings import Settings
from pipelines.contracts.sources import load_contracts
from pipelines.contracts.tables import default_covariates, load_metrics, table_of
from pipelines.core.warehouse import Connection, fetch_query, read_table
from pipelines.quality.run_checks import declared_checks
from pipelines.release.coarsening import pooled_in_file, without_pooled

_NIGHTLY = frozenset(
    {
        "ingested_file",
        "freshness",
        "quarantine_summary",
        "k_anonymity",
        "estimate_change",
        "data_change",
    }
)
"""Frames that are read as they are; every other one is read as it is released."""

SURVEY_COLUMN = "an answer"
"""What a wellbeing column is called where fewer rows than the privacy floor are about it."""


def load_site_data(con: Connection, settings: Settings, published_at: dt.datetime) -> SiteData:
    """Read what the pages show; only released frames, never the private ones behind them.

    What stays behind in the analysts' file stays behind here: it would tell the pooled apart.
    """
    rare = pooled_in_file(con, settings.privacy.min_group)
    frames = {
        name: without_pooled(
            read_table(con, table if name in _NIGHTLY else f"release.{name}"),
            table_of(table),
            rare,
        )
        for name, table in FRAMES.items()
    }
    comparison_reach = fetch_query(con, "site/comparison_reach").row(0, named=True)
    publication = fetch_query(con, "site/publication").row(0, named=True)
    frames["comparison"] = with_headline(frames["comparison"], settings, pl.col("segment") == "all")
    frames["anytime_interval"] = with_headline(
        frames["anytime_interval"], settings, pl.lit(value=True)
    )
    freshness = frames["freshness"]
    missing = freshness.filter(pl.col("status") == "missing")["source"].to_list()
    return SiteData(
        **frames,  # type: ignore[arg-type]  # every frame has a field of its name
        arm_a=settings.comparison.arm_a,
        arm_b=settings.comparison.arm_b,
        horizon_days=settings.comparison.horizon_days,
        assignment=settings.comparison.assignment,
        data_until=comparison_reach["data_until"],
        published_at=published_at.astimezone(settings.zone),
        time_zone=settings.time_zone,
        min_group=settings.privacy.min_group,
        min_coaches=settings.privacy.min_coaches,
        min_leavers=settings.privacy.min_leavers,
        grid=settings.privacy.grid,
        grid_confidential=settings.privacy.grid_confidential if settings.privacy.grid else 0,
        exit_kind=settings.privacy.exit_kind,
        cut=load_cut(con),
        events=tuple(Event(*each) for each in sorted(settings.events.items(), key=_by_day)),
        headcount=load_headcount(con, settings.privacy.min_group),
        intake=load_intake(con),
        set_aside=load_set_aside(con, settings.privacy.min_group),
        waiting=load_waiting(con),
        notation=Notation(settings.display.thousands, settings.display.decimal),
        analyst_person_scores=settings.privacy.analyst_person_scores,
        retention_years=settings.retention.years,
        covariate_labels={each.name: each.label for each in default_covariates()},
        outcome_labels={each.outcome: each.label for each in load_metrics()},
        check_labels=_check_labels(),
        n_sites=comparison_reach["n_sites"],
        pooled_sites=rare.get("site", ()),
        missing_sources=tuple(missing),
        changes=publication["n_estimates_changed"],
        takeaways=Takeaways(),
        publication=publication["publication"],
        first_entry=comparison_reach["first_entry"],
    )


def _by_day(event: tuple[str, dt.date]) -> tuple[dt.date, str]:
    return event[1], event[0]


def load_cut(con: Connection) -> Cut:
    """Read up to when the figures go; before the first cut nothing is known."""
    rows = fetch_query(con, "site/cut").rows(named=True)
    return Cut(**rows[0]) if rows else Cut()


def load_headcount(con: Connection, min_group: int) -> Headcount:
    """Count the agents who are employed, from the smallest group on."""
    row = fetch_query(con, "site/headcount", {"min_group": min_group}).row(0, named=True)
    return Headcount(**row)


def load_intake(con: Connection) -> Intake:
    """Add up what was taken in, over all files."""
    return Intake(**fetch_query(con, "site/intake").row(0, named=True))


def load_set_aside(con: Connection, min_group: int) -> tuple[SetAside, ...]:
    """Count the rows set aside by source, rule and column, the most first."""
    parameters = {
        "min_group": min_group,
        "survey_facts": sorted(_survey_facts()),
        "answer": SURVEY_COLUMN,
    }
    rows = fetch_query(con, "site/rows_set_aside", parameters).rows(named=True)
    return tuple(SetAside(**row) for row in rows)


def load_waiting(con: Connection) -> tuple[WaitingRows, ...]:
    """Count the rows that can't count yet by source and reason, the most first."""
    rows = fetch_query(con, "site/waiting_rows").rows(named=True)
    return tuple(WaitingRows(**row) for row in rows)


def _check_labels() -> dict[str, str]:
    return {
        f"staging.{source.name}.{check.name}": check.description
        for source in load_contracts().sources
        for check in declared_checks(source)
    }


def _survey_facts() -> frozenset[str]:
    """Columns of the survey that say who answered what and when, not what was answered."""
    source = load_contracts().source("fatigue_surveys")
    return frozenset({*source.required_columns, "the whole line"})


def with_headline(frame: pl.DataFrame, settings: Settings, is_all: pl.Expr) -> pl.DataFrame:
    """The frame with the headline of everybody (rows that `is_all`) where the pages look for it.

    The pages lead with the design called weighted. Where a lottery decided, that is the difference
    as assigned, and the weighted design stands beside it as reweighted.
    """
    if settings.comparison.assignment == "observed":
        return frame
    named = {"as_assigned": "weighted", "weighted": "reweighted"}
    return frame.with_columns(
        design=pl.when(is_all).then(pl.col("design").replace(named)).otherwise("design")
    )
