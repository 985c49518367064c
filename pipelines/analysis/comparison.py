"""From the marts to `outcomes.*`: reads frames, calls the estimators, writes their results."""

from __future__ import annotations

import json

import polars as pl

from pipelines.analysis.designs import (
    further_checks,
    graded_events,
    read_training_rollout,
    read_trial_months,
)
from pipelines.analysis.reportability_tables import read_grades, read_part_grades
from pipelines.analysis.segments import styles_on_day_0, tables_of_parts_and_worth
from pipelines.config.settings import Settings
from pipelines.contracts.tables import default_covariates, load_metrics
from pipelines.core.errors import SettingsError
from pipelines.core.warehouse import Connection, fetch_query, write
from pipelines.disclosure.confidentiality import Protection
from pipelines.disclosure.cut_record import read_plan
from pipelines.disclosure.release_tables import released_cut
from pipelines.disclosure.thresholds import decide
from pipelines.estimators.compare_exits import ComparisonSpec, Covariate, exit_comparison
from pipelines.estimators.compare_measures import measure_comparison, observed_measures
from pipelines.estimators.designs import coach_preference
from pipelines.estimators.designs.fitted_cohort import fit_cohort
from pipelines.estimators.kernels.design_matrix import covariates_from_columns
from pipelines.estimators.next_look import next_look
from pipelines.estimators.results import Measure
from pipelines.estimators.segments.comparison import segment_comparison
from pipelines.estimators.segments.definitions import pool_rare
from pipelines.estimators.sensitivity.headline_checks import sensitivity_rows
from pipelines.estimators.trial_flow import trial_flow
from pipelines.quality.reportability import apply_grades, apply_grades_to_curve
from pipelines.quality.segment_reportability import apply_part_grades

ROSTER_COVARIATES = ("site", "team", "employment_type", "weekly_hours")
_PREFIX = "roster."
"""Keeps a roster column that is named like a column of the episode apart from it."""


def write_estimates(con: Connection, settings: Settings) -> dict[str, int]:
    """Estimate every design for every outcome; write its tables, return their numbers of rows.

    What ``quality.outcome_grade`` calls not reportable is withheld here, and who may be shown is
    decided here, so it holds for everything that is made of these tables.
    """
    episodes, covariates = read_episodes(con, settings)
    asked = settings.comparison
    protection = Protection.of(settings.privacy)
    spec = ComparisonSpec(
        arm_a=asked.arm_a,
        arm_b=asked.arm_b,
        horizon_days=asked.horizon_days,
        covariates=covariates,
        min_group=protection.min_group,
        min_coaches=protection.min_coaches,
        min_leavers=0 if protection.is_exit_kind_open else protection.min_leavers,
        grid=protection.base(protection.class_of("voluntary_exit")),
        grid_confidential=protection.grid_confidential,
    )
    months = read_trial_months(con, asked.horizon_days)
    cohort = fit_cohort(episodes, spec)
    result = exit_comparison(cohort, months)
    values = fetch_query(con, "estimates/outcome_value")
    observed = observed_measures(cohort, values, measures())
    measured = measure_comparison(cohort, observed)
    preference = coach_preference.coach_preference_of(cohort.people, spec)
    by_preference, first_stages = coach_preference.measure_comparison(preference, spec, observed)
    parts = segment_comparison(cohort, observed)
    rollout = read_training_rollout(con, spec)
    grades = read_grades(con)
    comparison = pl.concat(
        [result.comparison, rollout.comparison, measured, by_preference, parts.comparison]
    )
    graded = apply_part_grades(apply_grades(comparison, grades), read_part_grades(con))
    decided = decide(graded, protection)
    write(con, "outcomes.comparison", decided)
    curve = apply_grades_to_curve(result.retention_curve, grades)
    write(con, "outcomes.retention_curve", curve)
    released = released_cut(con, decided, settings).comparison
    frames = {
        "comparison": decided,
        "retention_curve": curve,
        "covariate_balance": result.covariate_balance,
        "weight_summary": result.weight_summary,
        "instrument": pl.concat([result.instrument, first_stages, rollout.first_stages]),
        "event_study": graded_events(rollout.events, grades),
        "sensitivity": pl.concat(
            [
                sensitivity_rows(episodes, spec, released, styles_on_day_0(con)),
                further_checks(episodes, months, observed, preference, spec, grades),
            ]
        ),
        **tables_of_parts_and_worth(con, settings, cohort, released, parts.joint),
        "next_look": next_look(released, read_plan(con).comparison_until),
    }
    for table, frame in frames.items():
        write(con, f"outcomes.{table}", frame)
    return {table: frame.height for table, frame in frames.items()}


def measures() -> tuple[Measure, ...]:
    """The outcomes beyond exits; one in fractions is a rate, hours lost over hours scheduled."""
    return tuple(
        Measure(
            outcome=metric.outcome,
            horizon_days=metric.last_day,
            is_lower_better=metric.direction == "lower_is_better",
            is_rate=metric.unit == "fraction 0-1",
        )
        for metric in load_metrics()
        if metric.last_day is not None
    )


def read_episodes(
    con: Connection, settings: Settings
) -> tuple[pl.DataFrame, tuple[Covariate, ...]]:
    """The episodes, rare words in them pooled, and the covariates to adjust for.

    Unless the settings name covariates these are the default confounders of the contracts, else
    the named columns of the roster as it stood on day 0. Raises `SettingsError` for an unknown
    column.
    """
    roster_columns = settings.comparison.covariates
    episodes = pool_rare(
        fetch_query(con, "estimates/episode"),
        settings.privacy.min_group,
    )
    if roster_columns is None:
        return episodes, tuple(
            Covariate(name=each.name, column=each.column, kind=each.kind, label=each.label)
            for each in default_covariates()
        )
    roster = roster_on_day_0(con)
    if missing := [name for name in roster_columns if _PREFIX + name not in roster.columns]:
        available = sorted(name.removeprefix(_PREFIX) for name in roster.columns[1:])
        raise SettingsError(
            f"comparison.covariates names {', '.join(missing)}, which no roster file has; "
            f"available are: {', '.join(available)}"
        )
    columns = [_PREFIX + name for name in roster_columns]
    joined = episodes.join(roster.select("agent_key", *columns), on="agent_key", how="left")
    covariates = covariates_from_columns(joined, columns)
    return joined, tuple(_without_prefix(each) for each in covariates)


def roster_on_day_0(con: Connection) -> pl.DataFrame:
    """Per person in the analysis, every roster column as text, named ``roster.<column>``."""
    rows = fetch_query(con, "estimates/roster_on_day_0")
    known = rows.select(
        "agent_key",
        *(pl.col(name).cast(pl.String).alias(_PREFIX + name) for name in ROSTER_COVARIATES),
    )
    extras = [json.loads(text) if text else {} for text in rows["roster_extra"]]
    names = sorted({name for extra in extras for name in extra} - set(ROSTER_COVARIATES))
    return known.with_columns(
        pl.Series(_PREFIX + name, [extra.get(name) for extra in extras], dtype=pl.String)
        for name in names
    )


def _without_prefix(covariate: Covariate) -> Covariate:
    name = covariate.column.removeprefix(_PREFIX)
    label = name.replace("_", " ")
    return Covariate(name=name, column=covariate.column, kind=covariate.kind, label=label)


def write_trial_flow(con: Connection) -> int:
    """Write `outcomes.trial_flow`; returns its number of steps."""
    candidates = fetch_query(con, "trial_flow/candidate")
    flow = trial_flow(candidates)
    write(con, "outcomes.trial_flow", flow)
    return flow.height
