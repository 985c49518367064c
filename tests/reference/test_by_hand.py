"""Marts and the weighted answer against pandas, statsmodels and lifelines from the same files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

from bench.by_hand import crude
from bench.by_hand_adjusted import adjusted
from bench.by_hand_results import adjusted_differences, crude_differences
from bench.floor import load_everything
from pipelines.analysis.comparison import comparison_spec, measures, read_episodes
from pipelines.config.settings import Settings
from pipelines.core.warehouse import Connection, fetch_query, open_warehouse
from pipelines.estimators.compare_exits import exit_comparison
from pipelines.estimators.compare_measures import measure_comparison, observed_measures
from pipelines.estimators.designs.fitted_cohort import fit_cohort
from pipelines.simulation import write_sample

UNTIL = pd.Timestamp("2026-10-31")

pytestmark = pytest.mark.slow  # quicker: each estimate against R, beside this
ERRORS = ("std_error", "conf_low", "conf_high")


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("by_hand") / "landing"
    write_sample(folder, n_agents=400, months=15, seed=7)
    return folder


@pytest.fixture(scope="module")
def con(landing: Path) -> Iterator[Connection]:
    with open_warehouse(landing.with_name("centre.duckdb")) as connection:
        load_everything(connection, landing, landing.with_name("key"))
        yield connection


@pytest.fixture(scope="module")
def comparison(con: Connection) -> pl.DataFrame:
    episodes, covariates = read_episodes(con, Settings())
    cohort = fit_cohort(episodes, comparison_spec(Settings(), covariates))
    observed = observed_measures(cohort, fetch_query(con, "estimates/outcome_value"), measures())
    exits = exit_comparison(cohort).comparison
    return pl.concat([exits, measure_comparison(cohort, observed)])


def test_crude_risks_and_means_are_equal(
    landing: Path, con: Connection, comparison: pl.DataFrame
) -> None:
    by_hand = crude(landing, UNTIL)
    assert len(by_hand) == 1 + 2 * (3 + 4)
    assert crude_differences(by_hand, con, comparison) == []


@pytest.fixture(scope="module")
def by_hand(landing: Path) -> dict[str, Any]:
    told = adjusted(landing, UNTIL, n_draws=30)
    assert len(told["estimates"]) == 3 + 3 + 4
    return told


def test_weighted_differences_are_equal(by_hand: dict[str, Any], comparison: pl.DataFrame) -> None:
    told = adjusted_differences(by_hand, comparison)
    assert [line for line in told if not line.split(":")[0].endswith(ERRORS)] == []


def test_errors_by_coach_are_those_of_drawn_coaches(
    by_hand: dict[str, Any], comparison: pl.DataFrame
) -> None:
    """On the whole: of 30 draws and few coaches a single error is known to a fifth."""
    differences = pl.col("estimand").is_in(["risk_difference", "mean_difference"])
    ours = comparison.filter(differences, design="weighted")
    both = pl.DataFrame(by_hand["estimates"]).join(ours, on=["outcome", "horizon_days"])
    ratios = both["std_error"] / both["std_error_right"]
    assert len(ratios) == len(by_hand["estimates"])
    assert 0.75 < float(ratios.median()) < 1.35  # type: ignore[arg-type]


def test_what_differs_is_named(by_hand: dict[str, Any], comparison: pl.DataFrame) -> None:
    moved = comparison.with_columns(pl.col("estimate") + 1e-6, std_error=pl.col("std_error") / 9)
    told = adjusted_differences(by_hand, moved)
    for name in ("estimate", "std_error"):
        assert len([line for line in told if f" {name}: " in line]) == len(by_hand["estimates"])
