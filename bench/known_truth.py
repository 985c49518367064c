"""The estimators against worlds whose answers are known: bias, coverage, false "better".

``python -m bench.known_truth --seeds 200`` simulates every world of
`pipelines.simulation.scenarios` that often, estimates everything, and writes
``docs/known-truth.md`` and ``docs/known-truth.csv``, and renews the table in ``docs/method.md``. A
world takes some 0.85 s of processor time: 200 seeds of 25 worlds about 36 minutes on two idle
cores. It needs neither database nor files: worlds, marts and estimates stay in memory.

With ``--keep FOLDER`` what each seed gave is kept there, and only seeds that aren't there yet are
simulated: for stopping and going on, as long as the estimators stay what they were.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from bench.known_truth_page import headline_rows, page, summary
from pipelines.contracts.tables import default_covariates, load_metrics
from pipelines.estimators.cohort import people_of
from pipelines.estimators.compare_measures import measure_comparison, observed_measures
from pipelines.estimators.counterparts import with_counterparts
from pipelines.estimators.credibility.grade import graded
from pipelines.estimators.credibility.measured import Study
from pipelines.estimators.designs import (
    as_assigned,
    coach_preference,
    doubly_robust,
    per_protocol,
    unadjusted,
    within_coach,
)
from pipelines.estimators.designs.fitted_cohort import FittedCohort, fit_cohort
from pipelines.estimators.designs.training_did import training_rollout
from pipelines.estimators.exit_estimates import comparison_rows
from pipelines.estimators.results import SENSITIVITY_SCHEMA, ComparisonSpec, Covariate, Measure
from pipelines.estimators.sensitivity.headline_checks import (
    e_value,
    limit_nearest_to_one,
    negative_control,
)
from pipelines.simulation import SampleConfig, SampleWorld, simulate
from pipelines.simulation.oracle.measure_truth import WINDOWS
from pipelines.simulation.scenarios import WORLDS, scenario

DOCS = Path(__file__).resolve().parent.parent / "docs"
WHOLE_EVERY = 4
"""Every so many seeds the designs are estimated too that stand beside the headline for contrast."""
DIFFERENCES = ("risk_difference", "mean_difference")
EVER_COACHED = "ever_coached"
"""The naive reading: whoever ever had a session of the first kind against those who never had."""

MEASURE_DESIGNS = (
    "unadjusted",
    "weighted",
    "doubly_robust",
    "coach_preference",
    "within_coach",
    "as_assigned",
)
MEASURES = tuple(
    Measure(
        outcome=outcome,
        horizon_days=last_day,
        is_lower_better=outcome in ("emotional_exhaustion", "cynicism", "unplanned_absence"),
        is_rate=outcome == "unplanned_absence",
    )
    for outcome, (_, last_day) in WINDOWS.items()
)


@dataclass(frozen=True)
class Against:
    """What one simulated world gave.

    ``estimates``: rows of the comparison (differences only) with ``seed``, ``truth``, ``error`` and
    ``is_covered``. ``checks``: one row with the seed, whether the negative control warns, and the
    E-values of the headline ratio and of its limit nearest to 1. ``levels``: what each check of
    credibility came to. ``sensitivity``: rows of sensitivity about people new since the
    data begin, and where scores are a poor reading.
    ``permutations``: rows of sensitivity about the lottery drawn again, where there was one.
    """

    estimates: pl.DataFrame
    checks: pl.DataFrame
    levels: pl.DataFrame
    sensitivity: pl.DataFrame
    permutations: pl.DataFrame


def against_truth(config: SampleConfig, *, is_whole: bool = True) -> Against:
    """Estimate one world and set it beside its truth.

    Unless `is_whole`, the designs are left out that neither lead nor bear on the grade.
    """
    return estimated(simulate(config), comparison_spec(config), is_whole=is_whole)


def estimated(simulated: SampleWorld, spec: ComparisonSpec, *, is_whole: bool = True) -> Against:
    """Estimate one simulated centre as `spec` asks and set it beside its truth."""
    config, is_drawn = simulated.config, spec.assignment != "observed"
    everybody = simulated.episodes()
    episodes = everybody if is_drawn else with_counterparts(everybody, spec)
    cohort = fit_cohort(episodes, spec)
    observed = observed_measures(cohort, simulated.outcome_values(episodes), MEASURES)
    measured = measure_comparison(cohort, observed)
    preference = coach_preference.coach_preference_of(cohort.people, spec)
    by_preference, _ = coach_preference.measure_comparison(preference, spec, observed)
    controls = preference.controls
    exits = _exits(cohort)
    rows = [
        exits,
        measured,
        by_preference,
        within_coach.comparison_rows(cohort.people, spec, controls),
        within_coach.measure_comparison(cohort.people, spec, controls, observed),
    ]
    if is_whole:
        months = simulated.trial_months(episodes)
        kept_up, _ = per_protocol.comparison_rows(cohort.people, spec, cohort.adjusted, months)
        rows += [kept_up, ever_coached(simulated, episodes, spec)]
    if is_whole and config == config.without_arm_difference():
        rows.append(training_rollout(simulated.coach_months(), spec).comparison)
    drawn = as_assigned.as_drawn(cohort.people, spec) if is_drawn else None
    if drawn is not None:
        rows.append(as_assigned.comparison_rows(drawn, spec, observed))
    shown = pl.concat(rows).filter(pl.col("estimand").is_in(DIFFERENCES))
    control = negative_control(episodes, spec)
    study = Study(
        cohort=cohort,
        observed=observed,
        controls=controls,
        placebo_values=simulated.placebo_values(episodes),
        n_everybody=everybody.height,
        data_begin=simulated.coaching_sessions["started_at"].dt.date().min(),  # type: ignore[arg-type]
        labels={metric.outcome: metric.label for metric in load_metrics()},
        control=control,
        later_coaches=simulated.later_coaches(episodes),
    )
    grades = graded(study, shown)
    return Against(
        estimates=_beside_truth(simulated, shown).join(
            grades.credibility.select("outcome", credibility="grade"),
            on="outcome",
            how="left",
            maintain_order="left",
        ),
        levels=grades.checks.select("outcome", "check", "level").with_columns(
            seed=pl.lit(config.seed)
        ),
        sensitivity=grades.sensitivity,
        permutations=pl.DataFrame(schema=SENSITIVITY_SCHEMA)
        if drawn is None
        else as_assigned.permutation_rows(drawn, spec, observed),
        checks=_checks(control, spec, exits).with_columns(seed=pl.lit(config.seed)),
    )


def comparison_spec(config: SampleConfig) -> ComparisonSpec:
    """The comparison as the pipeline makes it by default."""
    return ComparisonSpec(
        arm_a=config.arm_a,
        arm_b=config.arm_b,
        horizon_days=config.horizon_days,
        covariates=tuple(
            Covariate(item.name, item.column, item.kind, item.label, item.phrase)
            for item in default_covariates()
        ),
        min_group=10,
        min_coaches=3,
        assignment=config.lottery or "observed",
        steps=config.steps,
    )


def ever_coached(
    simulated: SampleWorld, episodes: pl.DataFrame, spec: ComparisonSpec
) -> pl.DataFrame:
    """Unadjusted rows with people sorted by whether they *ever* had the first kind of session.

    This is the trap: to have had it, one must have stayed until then.
    """
    ever = simulated.coaching_sessions.filter(pl.col("style") == spec.arm_a)["employee_id"]
    is_a = pl.col("agent_key").is_in(ever.unique().implode())
    arm = pl.when(is_a).then(pl.lit(spec.arm_a)).otherwise(pl.lit(spec.arm_b))
    people = people_of(episodes.with_columns(arm=arm), spec.arm_a, spec.arm_b)
    rows = comparison_rows(unadjusted.fit(people, spec), spec)
    return rows.with_columns(design=pl.lit(EVER_COACHED))


def _beside_truth(simulated: SampleWorld, rows: pl.DataFrame) -> pl.DataFrame:
    """Add the truth that each row is after, and how far off it is."""
    truth = pl.concat(
        [
            _true_answers(simulated.truth.answers, (*MEASURE_DESIGNS, EVER_COACHED)),
            _true_answers(simulated.truth.sustained, ("sustained",)),
            simulated.measure_truth.filter(pl.col("estimand").is_in(DIFFERENCES))
            .select("outcome", "horizon_days", truth="value")
            .join(pl.DataFrame({"design": MEASURE_DESIGNS}), how="cross"),
        ]
    )
    return (
        rows.join(
            truth, on=["outcome", "horizon_days", "design"], how="left", maintain_order="left"
        )
        .with_columns(
            # The roll-out is only estimated where training, like coaching, changes nothing.
            truth=pl.when(pl.col("design") == "training_rollout").then(0.0).otherwise("truth"),
            seed=pl.lit(simulated.config.seed),
        )
        .with_columns(
            error=pl.col("estimate") - pl.col("truth"),
            is_covered=pl.col("truth").is_between(pl.col("conf_low"), pl.col("conf_high")),
        )
    )


def _true_answers(answers: pl.DataFrame, designs: Sequence[str]) -> pl.DataFrame:
    """True differences of risks for the designs that are after them."""
    of_exits = answers.select("outcome", "horizon_days", truth="risk_difference")
    return of_exits.join(pl.DataFrame({"design": designs}), how="cross")


def _exits(cohort: FittedCohort) -> pl.DataFrame:
    """Rows about exits under the designs that lead, or that the grade is made of."""
    people, spec, plain, adjusted = cohort.people, cohort.spec, cohort.plain, cohort.adjusted
    preference = coach_preference.coach_preference_of(people, spec, adjusted.covariates)
    return pl.concat(
        [
            *(comparison_rows(fit, spec) for fit in (plain, adjusted)),
            doubly_robust.comparison_rows(people, spec, plain, adjusted),
            coach_preference.comparison_rows(preference, spec)[0],
        ]
    )


def _checks(control: Mapping[str, Any], spec: ComparisonSpec, exits: pl.DataFrame) -> pl.DataFrame:
    """Whether the negative control warns, and the E-values of the headline."""
    headline = exits.row(
        by_predicate=(pl.col("outcome") == "voluntary_exit")
        & (pl.col("horizon_days") == max(spec.horizon_days))
        & (pl.col("design") == "weighted")
        & (pl.col("estimand") == "risk_ratio"),
        named=True,
    )
    low, high = control.get("range_low"), control.get("range_high")
    has_ratio = headline["conf_low"] is not None
    return pl.DataFrame(
        {
            "has_warned": None if low is None or high is None else low > 0.0 or high < 0.0,
            "e_value": e_value(headline["estimate"]) if has_ratio else None,
            "e_value_of_limit": e_value(
                limit_nearest_to_one(headline["conf_low"], headline["conf_high"])
            )
            if has_ratio
            else None,
        },
        schema={"has_warned": pl.Boolean, "e_value": pl.Float64, "e_value_of_limit": pl.Float64},
    )


def of_world(found: Against, name: str) -> Against:
    """Say in every row which world it is of."""
    label = pl.lit(name).alias("world")
    return Against(*(getattr(found, each.name).with_columns(label) for each in fields(Against)))


def together(found: Sequence[Against]) -> Against:
    """Put what several worlds gave under each other."""
    return Against(
        *(pl.concat([getattr(each, name.name) for each in found]) for name in fields(Against))
    )


def _one(name: str, seed: int) -> Against:
    found = against_truth(scenario(name).seeded(seed), is_whole=seed % WHOLE_EVERY == 1)
    return of_world(found, name)


def run(names: Sequence[str], seeds: Sequence[int], processes: int, keep: Path) -> Against:
    """Every world with every seed, on so many processes; what is in the folder `keep` is read."""
    found: list[Against] = []
    with processes_of(processes) as pool:
        for name in names:
            begun = time.perf_counter()
            found.extend(pool.map(partial(of_seed, keep, name), seeds))
            print(f"{name}: {time.perf_counter() - begun:.0f} s", flush=True)
    return together(found)


def processes_of(n: int) -> ProcessPoolExecutor:
    """So many processes, each with one thread."""
    os.environ |= {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return ProcessPoolExecutor(n, mp_context=get_context("spawn"))


def of_seed(keep: Path, name: str, seed: int) -> Against:
    """What one seed of a world gave: read if it is kept, else simulated and kept.

    The estimates are written last, so that half a seed isn't taken for one.
    """
    paths = {part.name: keep / name / f"{seed}.{part.name}.parquet" for part in fields(Against)}
    if paths["estimates"].exists():
        return Against(**{part: pl.read_parquet(path) for part, path in paths.items()})
    found = _one(name, seed)
    (keep / name).mkdir(parents=True, exist_ok=True)
    for part, path in reversed(paths.items()):
        getattr(found, part).write_parquet(path)
    return found


def options_of(description: str) -> argparse.Namespace:
    """Read from the command line how many seeds of which worlds are simulated."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--world", action="append", help="only this world; nothing is written")
    parser.add_argument("--keep", type=Path, help="folder of what each seed gave, to go on from")
    return parser.parse_args()


def main() -> None:
    """Run the worlds and write the page, or print what a trial with some of them gives."""
    options = options_of("The estimators against known truth.")
    names = options.world or [each.name for each in WORLDS]
    with TemporaryDirectory() as folder:
        keep = options.keep or Path(folder)
        found = run(names, range(1, options.seeds + 1), options.processes, keep)
    table = summary(found.estimates)
    if options.world:
        with pl.Config(tbl_rows=-1, tbl_cols=-1, tbl_width_chars=200, fmt_str_lengths=30):
            print(table, found.checks.mean())
        return
    table.write_csv(DOCS / "known-truth.csv", float_precision=5)
    text = page(table, found.checks, found.permutations)
    (DOCS / "known-truth.md").write_text(text, encoding="utf-8")
    _renew_method(table)
    print("wrote docs/known-truth.md, docs/known-truth.csv and the table in docs/method.md")


def _renew_method(table: pl.DataFrame) -> None:
    """Put the headline's table anew into the page on the method."""
    told, path = headline_rows(table), DOCS / "method.md"
    before, heading, after = path.read_text("utf-8").partition(told[0])
    if not heading:
        raise ValueError(f"{path} has no table of the headline in known worlds")
    path.write_text(before + "\n".join(told) + after[after.index("\n\n") :], encoding="utf-8")


if __name__ == "__main__":
    main()
