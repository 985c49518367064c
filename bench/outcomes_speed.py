"""What the estimates cost: every design, outcome and segment for 100,000 agents, and one curve.

``python -m bench.outcomes_speed`` does three things, each in a process of its own:

prepare  simulates contact centres with 100,000 people in the comparison in all (sites have the
         same names everywhere, coaches and agents are others); puts their marts into a warehouse
estimate everything that `write_estimates` does with these marts: reading them, every design,
         outcome, horizon and segment, sensitivity, worth, repeated looks; writing the tables
curve    for 20,000 of these people, weights at hand: both arms' retention curves with their
         clustered errors (which allow for the weights being estimated) against 200 refits of
         lifelines' Kaplan-Meier curves with resampled coaches, as a bootstrap would need

Ends with status 1 where a figure is beyond its limit.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import polars as pl

from bench.known_truth import comparison_spec
from pipelines.analysis.comparison import write_estimates
from pipelines.config.settings import Settings
from pipelines.core.warehouse import fetch, fetch_value, open_warehouse, write
from pipelines.disclosure.cut_record import PLAN
from pipelines.estimators.cohort import People, people_of
from pipelines.estimators.design_fit import fit_arm
from pipelines.estimators.designs import weighted
from pipelines.estimators.kernels.survival import survival_at
from pipelines.estimators.retention_curve import retention_rows
from pipelines.quality.reportability import GRADE_SCHEMA
from pipelines.quality.segment_reportability import PART_GRADE_SCHEMA
from pipelines.simulation import SampleConfig, simulate

N_PEOPLE, N_PEOPLE_CURVE = 100_000, 20_000
AGENTS_PER_PART = 5_000
SHARE_ENTERING = 0.84
N_REFITS = 200
MAX_SECONDS, MAX_GB, MIN_TIMES_AS_FAST = 60.0, 4.0, 10.0
MARTS = (
    "coaching_episode",
    "trial_month",
    "episode_outcome",
    "placebo_outcome",
    "coach_month",
    "coaching_session",
    "episode_session",
)

Figures = dict[str, float | None]


def prepare(folder: Path, n_people: int) -> Figures:
    """Simulate part by part, so that shifts of 100,000 agents are never in memory together."""
    n_parts = -(-n_people // round(AGENTS_PER_PART * SHARE_ENTERING))
    os.environ |= {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(partial(_write_part, folder), range(n_parts)))
    config = SampleConfig()
    with open_warehouse(folder / "warehouse.duckdb") as con:
        for mart in MARTS:
            frame = pl.read_parquet(folder / f"{mart}-*.parquet")
            write(con, f"marts.{mart}", frame)
        setting = {"data_until": config.end, "arm_a": config.arm_a, "arm_b": config.arm_b}
        write(con, "staging.study_setting", pl.DataFrame([setting]))
        count = "select count(*), count(distinct coach_key) from marts.coaching_episode"
        people, coaches = fetch(con, count).row(0)
    return {"people": people, "coaches": coaches}


def _write_part(folder: Path, part: int) -> None:
    """Write the marts of one simulated contact centre, its keys told apart by its number."""
    world = simulate(SampleConfig(n_agents=AGENTS_PER_PART, seed=part + 1))
    episodes = world.episodes()
    is_arm = pl.col("style").is_in([world.config.arm_a, world.config.arm_b])
    sessions = world.coaching_sessions.select(
        agent_key="employee_id",
        coach_key="coach_id",
        arm=pl.when(is_arm).then("style"),
        style_from_behaviours="style",
        session_date=pl.col("started_at").dt.date(),
        session_number="session_id",
        duration_minutes="duration_minutes",
    )
    frames = {
        "coaching_episode": episodes,
        "trial_month": world.trial_months(episodes),
        "episode_outcome": world.outcome_values(episodes),
        "placebo_outcome": world.placebo_values(episodes),
        "coach_month": world.coach_months(),
        "coaching_session": sessions,
        "episode_session": sessions.join(
            episodes.select("agent_key", session_date="day_0"), on=["agent_key", "session_date"]
        ).unique("agent_key", keep="first", maintain_order=True),
    }
    for mart, frame in frames.items():
        keys = [name for name in ("agent_key", "coach_key") if name in frame.columns]
        own = frame.with_columns(
            pl.format("{}-{}", pl.lit(f"{part:03d}"), key).alias(key) for key in keys
        )
        own.write_parquet(folder / f"{mart}-{part:03d}.parquet")


def estimate(folder: Path) -> Figures:
    """Run `write_estimates` on the prepared warehouse, with nothing withheld for its quality."""
    with open_warehouse(folder / "warehouse.duckdb") as con:
        write(con, "quality.outcome_grade", pl.DataFrame(schema=GRADE_SCHEMA))
        write(con, "quality.part_grade", pl.DataFrame(schema=PART_GRADE_SCHEMA))
        end = SampleConfig().end
        plan = {"counts_until": [end], "comparison_until": [end], "cause": ["first"]}
        write(con, PLAN, pl.DataFrame(plan))
        begun, busy = time.perf_counter(), time.process_time()
        write_estimates(con, Settings())
        seconds, processor = time.perf_counter() - begun, time.process_time() - busy
        rows = fetch_value(con, "select count(*) from outcomes.comparison")
        shown = fetch_value(
            con, "select count(*) from outcomes.comparison where estimate is not null"
        )
        designs = fetch_value(con, "select count(distinct design) from outcomes.comparison")
    return {
        "seconds": seconds,
        "processor_seconds": processor,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "estimates": rows,
        "estimates_shown": shown,
        "designs": designs,
    }


def curve(folder: Path) -> Figures:
    """Time the weighted curves with their errors against refits of lifelines' curve."""
    with open_warehouse(folder / "warehouse.duckdb", read_only=True) as con:
        query = f"select * from marts.coaching_episode order by agent_key limit {N_PEOPLE_CURVE}"
        episodes = fetch(con, query)
    spec = comparison_spec(SampleConfig())
    people = people_of(episodes, spec.arm_a, spec.arm_b)
    begun = time.perf_counter()
    fit = weighted.fit(people, spec)
    weighing = time.perf_counter() - begun
    begun = time.perf_counter()
    arm_a, arm_b = (
        fit_arm(people, spec, fit.weights, is_a=is_a, correction=fit.correction)
        for is_a in (True, False)
    )
    rows = retention_rows(replace(fit, arm_a=arm_a, arm_b=arm_b), spec)
    ours = time.perf_counter() - begun
    assert rows["clustered_std_error"].null_count() == 0
    figures: Figures = {
        "people": len(people),
        "weights_seconds": weighing,
        "curve_seconds": ours,
    }
    days = np.arange(0.0, max(spec.horizon_days) + 1.0)
    refits = _lifelines_refits(people, fit.weights, days)
    if refits is None:
        return figures | {"refit_seconds": None}
    seconds, survival = refits
    differs = float(np.abs(survival - survival_at(fit.arm_a.curve, days)).max())
    return figures | {
        "refit_seconds": seconds,
        "times_as_fast": seconds / ours,
        "largest_difference_of_curves": differs,
    }


def _lifelines_refits(
    people: People, weights: np.ndarray, days: np.ndarray
) -> tuple[float, np.ndarray] | None:
    """Seconds for 200 refits of both arms, and arm a's survival without resampling."""
    try:
        from lifelines import KaplanMeierFitter
    except ImportError:
        return None
    warnings.filterwarnings("ignore")
    rng = np.random.default_rng(1)
    arms = [people.arm(is_a=is_a) for is_a in (True, False)]

    def fitted(rows: np.ndarray, counts: np.ndarray) -> KaplanMeierFitter:
        kept = rows[counts[people.coach[rows]] > 0]
        own = weights[kept] * counts[people.coach[kept]]
        return KaplanMeierFitter().fit(
            people.follow_up_days[kept], people.exit_code[kept] > 0, weights=own
        )

    survival = fitted(arms[0], np.ones(people.n_coaches)).survival_function_at_times(days)
    begun = time.perf_counter()
    for _ in range(N_REFITS):
        drawn = rng.integers(0, people.n_coaches, people.n_coaches)
        counts = np.bincount(drawn, minlength=people.n_coaches)
        for rows in arms:
            fitted(rows, counts)
    return time.perf_counter() - begun, survival.to_numpy()


STEPS: dict[str, Callable[[Path], Figures]] = {"estimate": estimate, "curve": curve}


def _in_own_process(step: str, folder: Path) -> Figures:
    command = [
        sys.executable,
        "-m",
        "bench.outcomes_speed",
        "--step",
        step,
        "--folder",
        str(folder),
    ]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def _problems(estimated: Figures, drawn: Figures) -> list[str]:
    """What lies beyond its limit."""
    found = []
    seconds, peak, faster = (
        estimated["seconds"],
        estimated["peak_gb"],
        drawn.get("times_as_fast"),
    )
    if seconds is None or seconds > MAX_SECONDS:
        found.append(f"{seconds} s, limit {MAX_SECONDS:.0f} s")
    if peak is None or peak > MAX_GB:
        found.append(f"{peak} GB, limit {MAX_GB:.0f} GB")
    if faster is None:
        found.append("lifelines isn't installed: nothing to compare the curve with")
    elif faster < MIN_TIMES_AS_FAST:
        found.append(f"{faster:.1f} times as fast, at least {MIN_TIMES_AS_FAST:.0f} are wanted")
    return found


def main() -> None:
    """Prepare, estimate, draw; print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--people", type=int, default=N_PEOPLE)
    parser.add_argument("--step", choices=sorted(STEPS))
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    if asked.step:
        print(json.dumps(STEPS[asked.step](asked.folder)))
        return
    with tempfile.TemporaryDirectory(prefix="bench-outcomes-") as temporary:
        folder = asked.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "warehouse.duckdb").exists():
            print("prepare", json.dumps(prepare(folder, asked.people)), flush=True)
        estimated = _in_own_process("estimate", folder)
        print("estimate", json.dumps(estimated), flush=True)
        drawn = _in_own_process("curve", folder)
        print("curve", json.dumps(drawn), flush=True)
    problems = _problems(estimated, drawn)
    for problem in problems:
        print(f"beyond its limit: {problem}")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
