"""From the marts to `outcomes.*`: reads frames, calls the estimators, writes their results."""

from __future__ import annotations

import json
from dataclasses import dataclass

import polars as pl

from pipelines.analysis.credibility import read_and_grade
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
from pipelines.disclosure.thresholds import decide, lacking
from pipelines.estimators.compare_exits import (
    ComparisonResult,
    ComparisonSpec,
    Covariate,
    exit_comparison,
)
from pipelines.estimators.compare_measures import measure_comparison, observed_measures
from pipelines.estimators.counterparts import with_counterparts
from pipelines.estimators.designs import as_assigned, coach_preference, within_coach
from pipelines.estimators.designs.coach_preference import CoachPreference
from pipelines.estimators.designs.fitted_cohort import FittedCohort, fit_cohort
from pipelines.estimators.designs.training_did import TrainingRollout
from pipelines.estimators.kernels.design_matrix import covariates_from_columns
from pipelines.estimators.measure_estimates import ObservedMeasure
from pipelines.estimators.next_look import next_look
from pipelines.estimators.results import SENSITIVITY_SCHEMA, Measure
from pipelines.estimators.segments.comparison import SegmentComparison, segment_comparison
from pipelines.estimators.segments.definitions import pool_rare
from pipelines.estimators.segments.no_counterpart import no_counterpart_rows
from pipelines.estimators.sensitivity.headline_checks import sensitivity_rows
from pipelines.estimators.trial_flow import NO_COUNTERPART, trial_flow
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
    everybody, covariates = read_episodes(con, settings)
    spec = comparison_spec(settings, covariates)
    episodes = _compared(everybody, spec)
    months = read_trial_months(con, spec.horizon_days)
    made = _every_design(con, fit_cohort(episodes, spec), months, everybody)
    grades = read_grades(con)
    graded = apply_part_grades(apply_grades(made.comparison, grades), read_part_grades(con))
    decided = decide(graded, Protection.of(settings.privacy))
    write(con, "outcomes.comparison", decided)
    curve = apply_grades_to_curve(made.exits.retention_curve, grades)
    write(con, "outcomes.retention_curve", curve)
    released = released_cut(con, decided, settings).comparison
    sensitivity = pl.concat(
        [
            sensitivity_rows(episodes, spec, released, styles_on_day_0(con)),
            further_checks(episodes, months, made.observed, made.preference, spec, grades),
            made.permutations,
        ]
    )
    believed = read_and_grade(con, made, everybody.height, sensitivity, released)
    frames = {
        "comparison": decided,
        "retention_curve": curve,
        "covariate_balance": made.exits.covariate_balance,
        "weight_summary": made.exits.weight_summary,
        "instrument": made.first_stages,
        "event_study": graded_events(made.rollout.events, grades),
        "sensitivity": pl.concat([sensitivity, believed.sensitivity]),
        "credibility": believed.credibility,
        "credibility_check": believed.checks,
        **tables_of_parts_and_worth(con, settings, made.cohort, released, made.parts.joint),
        "next_look": next_look(
            released,
            read_plan(con).comparison_until,
            spec.headline,
            people=made.cohort.people.frame,
            min_group=spec.min_group,
            lacks=lacking(decided, Protection.of(settings.privacy)),
        ),
    }
    for table, frame in frames.items():
        write(con, f"outcomes.{table}", frame)
    return {table: frame.height for table, frame in frames.items()}


@dataclass(frozen=True)
class EveryDesign:
    """The fitted cohort and what every design makes of it."""

    cohort: FittedCohort
    observed: list[ObservedMeasure]
    preference: CoachPreference
    exits: ComparisonResult
    rollout: TrainingRollout
    parts: SegmentComparison
    comparison: pl.DataFrame
    first_stages: pl.DataFrame
    permutations: pl.DataFrame
    """Rows of sensitivity; none unless a lottery decided."""


def _every_design(
    con: Connection, cohort: FittedCohort, months: pl.DataFrame, everybody: pl.DataFrame
) -> EveryDesign:
    """Estimate every outcome under every design, and within the parts of the workforce."""
    spec, people = cohort.spec, cohort.people
    exits = exit_comparison(cohort, months)
    observed = observed_measures(cohort, fetch_query(con, "estimates/outcome_value"), measures())
    preference = coach_preference.coach_preference_of(people, spec)
    by_preference, first_stages = coach_preference.measure_comparison(preference, spec, observed)
    rollout = read_training_rollout(con, spec)
    parts = segment_comparison(cohort, observed)
    comparison = [
        exits.comparison,
        rollout.comparison,
        measure_comparison(cohort, observed),
        by_preference,
        within_coach.comparison_rows(people, spec, preference.controls),
        within_coach.measure_comparison(people, spec, preference.controls, observed),
        parts.comparison,
        no_counterpart_rows(everybody, people.frame, spec, measures()),
    ]
    permutations = pl.DataFrame(schema=SENSITIVITY_SCHEMA)
    if spec.assignment != "observed":
        drawn = as_assigned.as_drawn(people, spec)
        comparison.append(as_assigned.comparison_rows(drawn, spec, observed))
        permutations = as_assigned.permutation_rows(drawn, spec, observed)
    return EveryDesign(
        cohort,
        observed,
        preference,
        exits,
        rollout,
        parts,
        pl.concat(comparison),
        pl.concat([exits.instrument, first_stages, rollout.first_stages]),
        permutations,
    )


def _compared(everybody: pl.DataFrame, spec: ComparisonSpec) -> pl.DataFrame:
    """Who is compared: those with counterparts, or everybody whom a lottery assigned."""
    return with_counterparts(everybody, spec) if spec.assignment == "observed" else everybody


def comparison_spec(settings: Settings, covariates: tuple[Covariate, ...]) -> ComparisonSpec:
    """What the settings ask to be compared, adjusted for some covariates."""
    asked, protection = settings.comparison, Protection.of(settings.privacy)
    return ComparisonSpec(
        arm_a=asked.arm_a,
        arm_b=asked.arm_b,
        horizon_days=asked.horizon_days,
        covariates=covariates,
        min_group=protection.min_group,
        min_coaches=protection.min_coaches,
        min_leavers=0 if protection.is_exit_kind_open else protection.min_leavers,
        grid=protection.base(protection.class_of("voluntary_exit")),
        grid_confidential=protection.grid_confidential,
        assignment=asked.assignment,
        strata=asked.strata,
        steps=asked.steps,
        step_unit=asked.step_unit,
    )


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
            Covariate(each.name, each.column, each.kind, each.label, each.phrase)
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


def write_trial_flow(con: Connection, settings: Settings) -> int:
    """Write `outcomes.trial_flow`; returns its number of steps."""
    candidates = fetch_query(con, "trial_flow/candidate")
    everybody, covariates = read_episodes(con, settings)
    compared = _compared(everybody, comparison_spec(settings, covariates))
    is_alone = pl.col("agent_key").is_in(everybody["agent_key"].implode()) & ~pl.col(
        "agent_key"
    ).is_in(compared["agent_key"].implode())
    flow = trial_flow(
        candidates.with_columns(
            exclusion=pl.when(is_alone).then(pl.lit(NO_COUNTERPART)).otherwise("exclusion")
        )
    )
    write(con, "outcomes.trial_flow", flow)
    return flow.height
