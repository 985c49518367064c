"""The estimators against worlds whose answers are known: bias, coverage, false "better".

``python -m bench.known_truth --seeds 200`` simulates every world that often and writes the table
of ``docs/known-truth.md``. About a second and a half per seed and world.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import polars as pl

from pipelines.contracts.tables import default_covariates
from pipelines.outcomes.compare import compare_exits
from pipelines.outcomes.results import ComparisonSpec, Covariate
from pipelines.sample import SampleConfig, simulate

PAGE = Path(__file__).resolve().parent.parent / "docs" / "known-truth.md"

WORLDS: dict[str, tuple[str, Callable[[int], SampleConfig]]] = {
    "as stated": (
        "3,000 agents, 120 coaches, confounded by quality, trigger, tenure and site",
        lambda seed: SampleConfig(n_agents=3000, seed=seed),
    ),
    "no difference": (
        "the same, but the kind of coaching changes no exit",
        lambda seed: SampleConfig(n_agents=3000, seed=seed).without_arm_difference(),
    ),
    "strong confounding": (
        "the same as stated, with half as much again on the log-odds of the arm",
        lambda seed: SampleConfig(n_agents=3000, seed=seed, confounding=1.5),
    ),
    "few coaches": (
        "500 agents, 20 coaches",
        lambda seed: SampleConfig(n_agents=500, seed=seed),
    ),
}


HEADINGS = (
    *("world", "outcome", "days", "design", "n"),
    *("bias", "spread", "error", "coverage", "better", "worse"),
)


def against_truth(config: SampleConfig) -> pl.DataFrame:
    """Risk differences of one world beside its truth: one row per outcome, horizon and design.

    Columns: those of `outcomes.comparison`, ``seed``, ``truth``, ``error`` and ``is_covered``.
    """
    world = simulate(config)
    spec = ComparisonSpec(
        arm_a=config.arm_a,
        arm_b=config.arm_b,
        horizon_days=config.horizon_days,
        covariates=tuple(
            Covariate(name=item.name, column=item.column, kind=item.kind, label=item.label)
            for item in default_covariates()
        ),
        min_group=10,
        min_coaches=3,
    )
    rows = compare_exits(world.episodes(), spec).comparison
    rows = rows.filter(pl.col("estimand") == "risk_difference")
    truth = [
        world.truth.answer(outcome, horizon)
        for outcome, horizon in rows.select("outcome", "horizon_days").iter_rows()
    ]
    return rows.with_columns(
        pl.Series("truth", truth, dtype=pl.Float64), seed=pl.lit(config.seed)
    ).with_columns(
        error=pl.col("estimate") - pl.col("truth"),
        is_covered=pl.col("truth").is_between(pl.col("conf_low"), pl.col("conf_high")),
    )


def summary(estimates: pl.DataFrame) -> pl.DataFrame:
    """Per world, outcome, horizon and design: bias, spread, error and coverage."""
    return (
        estimates.group_by("world", "outcome", "horizon_days", "design", maintain_order=True)
        .agg(
            n_seeds=pl.len(),
            n_estimates=pl.col("estimate").count(),
            bias=pl.col("error").mean(),
            spread=pl.col("error").std(),
            mean_std_error=pl.col("std_error").mean(),
            coverage=pl.col("is_covered").mean(),
            share_better=(pl.col("verdict") == "better").mean(),
            share_worse=(pl.col("verdict") == "worse").mean(),
        )
        .with_columns(pl.col("bias", "spread", "mean_std_error") * 100)
    )


def page(table: pl.DataFrame, seeds: int) -> str:
    """The text of ``docs/known-truth.md``."""
    lines = [
        "# What the estimators do where the truth is known",
        "",
        f"Written by `python -m bench.known_truth --seeds {seeds}`. Every world is simulated "
        f"{seeds} times; the truth of each is computed from its hazards, not simulated.",
        "Bias, spread (standard deviation of the error over seeds) and mean standard error are in "
        "percentage points of the risk difference. Coverage is the share of 95 % intervals that "
        'hold the truth; "better" and "worse" are shares of verdicts for the first kind of '
        "coaching. `n` counts the estimates that were not withheld; the other columns are about "
        "these, but for the verdicts.",
        "",
        *(f"- **{name}**: {about}." for name, (about, _) in WORLDS.items()),
        "",
        f"| {' | '.join(HEADINGS)} |",
        "|---" * len(HEADINGS) + "|",
    ]
    for row in table.iter_rows(named=True):
        lines.append(
            f"| {row['world']} | {row['outcome']} | {row['horizon_days']} | {row['design']} "
            f"| {row['n_estimates']} | {row['bias']:+.2f} | {row['spread']:.2f} "
            f"| {row['mean_std_error']:.2f} | {row['coverage']:.1%} "
            f"| {row['share_better']:.1%} | {row['share_worse']:.1%} |"
        )
    return "\n".join(lines) + "\n"


def _one(world: str, seed: int) -> pl.DataFrame:
    return against_truth(WORLDS[world][1](seed)).with_columns(world=pl.lit(world))


def _all(seeds: Iterable[int], processes: int) -> pl.DataFrame:
    frames = []
    with ProcessPoolExecutor(processes) as pool:
        for world in WORLDS:
            frames.extend(pool.map(partial(_one, world), seeds))
            print(f"{world}: done", flush=True)
    return pl.concat(frames)


def main() -> None:
    """Run every world and write the page."""
    parser = argparse.ArgumentParser(description="The estimators against known truth.")
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    estimates = _all(range(1, options.seeds + 1), options.processes)
    PAGE.write_text(page(summary(estimates), options.seeds), encoding="utf-8")
    print(f"wrote {PAGE.name}")


if __name__ == "__main__":
    main()
