"""From the warehouse to `SiteData`: the frames as they are released, and a few facts."""

from __future__ import annotations

import datetime as dt

import polars as pl

from dashboards.data import Cut, Headcount, SiteData, Takeaways
from dashboards.number_format import Notation
from pipelines.config.settings import Settings
from pipelines.contracts.sources import load_contracts
from pipelines.contracts.tables import default_covariates, load_metrics
from pipelines.core.warehouse import Connection, fetch_query, read_table
from pipelines.quality.run_checks import declared_checks

RELEASED = (
    "comparison",
    "retention_curve",
    "covariate_balance",
    "weight_summary",
    "trial_flow",
    "claim",
    "claim_estimate",
    "sensitivity",
    "segment_estimate",
    "worth",
    "anytime_interval",
    "instrument",
    "event_study",
    "coaching_practice",
    "style_agreement",
    "rater_agreement",
    "outcome_grade",
    "outcome_problem",
    "response_rate",
)
QUALITY = (
    "ingested_file",
    "freshness",
    "quarantine_summary",
    "part_grade",
    "k_anonymity",
)


def load_site_data(con: Connection, settings: Settings, published_at: dt.datetime) -> SiteData:
    """Read what the pages show; only released frames, never the private ones behind them."""
    frames = {name: read_table(con, f"release.{name}") for name in RELEASED}
    frames |= {name: read_table(con, f"quality.{name}") for name in QUALITY}
    frames["check_result"] = read_table(con, "release.check_result")
    comparison_reach = fetch_query(con, "site/comparison_reach").row(0, named=True)
    publication = fetch_query(con, "site/publication").row(0, named=True)
    freshness = frames["freshness"]
    missing = freshness.filter(pl.col("status") == "missing")["source"].to_list()
    return SiteData(
        **frames,
        arm_a=settings.comparison.arm_a,
        arm_b=settings.comparison.arm_b,
        horizon_days=settings.comparison.horizon_days,
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
        headcount=load_headcount(con),
        notation=Notation(settings.display.thousands, settings.display.decimal),
        analyst_person_scores=settings.privacy.analyst_person_scores,
        retention_years=settings.retention.years,
        covariate_labels={each.name: each.label for each in default_covariates()},
        outcome_labels={each.outcome: each.label for each in load_metrics()},
        check_labels=_check_labels(),
        survey_facts=_survey_facts(),
        n_sites=comparison_reach["n_sites"],
        missing_sources=tuple(missing),
        changes=publication["n_estimates_changed"],
        estimate_change=read_table(con, "meta.estimate_change"),
        data_change=read_table(con, "meta.data_change"),
        takeaways=Takeaways(),
        publication=publication["publication"],
        first_entry=comparison_reach["first_entry"],
    )


def load_cut(con: Connection) -> Cut:
    """Read up to when the figures go; before the first cut nothing is known."""
    rows = fetch_query(con, "site/cut").rows()
    return Cut(*rows[0]) if rows else Cut()


def load_headcount(con: Connection) -> Headcount:
    """Count the agents who are employed, and those who have left."""
    return Headcount(**fetch_query(con, "site/headcount").row(0, named=True))


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
