"""A short version of the benchmark: the traps are sprung by naive readings and not by ours."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest

from bench.known_truth import EVER_COACHED, Against, against_truth, of_world, together
from bench.known_truth_coverage import coverage_lines
from bench.known_truth_page import page, summary
from pipelines.simulation.scenarios import scenario

pytestmark = pytest.mark.slow  # quicker: counting from another day, in tests/reference

HEADLINE = (pl.col("outcome") == "voluntary_exit") & (pl.col("horizon_days") == 365)


def several(name: str, seeds: Sequence[int]) -> Against:
    found = [against_truth(scenario(name).seeded(seed)) for seed in seeds]
    return of_world(together(found), name)


@pytest.fixture(scope="module")
def collecting() -> Against:
    return several("long-stayers collect", range(1, 6))


@pytest.fixture(scope="module")
def hidden() -> Against:
    return several("unmeasured confounder", range(1, 4))


def headline(found: Against, design: str) -> pl.DataFrame:
    return found.estimates.filter(HEADLINE, pl.col("design") == design)


def test_ever_coached_reads_time_served_as_success(collecting: Against) -> None:
    """Immortal time: whoever stays longer has sooner or later had the first kind of session."""
    naive = headline(collecting, EVER_COACHED)
    assert (naive["verdict"] == "better").all()
    assert naive["estimate"].max() < -0.20
    assert not naive["is_covered"].any()


@pytest.mark.parametrize("design", ["weighted", "doubly_robust", "sustained"])
def test_counting_from_day_0_isnt_taken_in(collecting: Against, design: str) -> None:
    ours = headline(collecting, design)
    assert abs(ours["error"].mean()) < 0.04
    assert ours["is_covered"].sum() >= 4
    assert (ours["verdict"] == "better").sum() <= 1


def test_a_hidden_confounder_misleads_and_the_negative_control_warns(hidden: Against) -> None:
    assert headline(hidden, "weighted")["error"].mean() < -0.03
    assert hidden.checks["has_warned"].all()
    assert hidden.checks["e_value_of_limit"].max() < 2.0


def test_where_nothing_is_hidden_the_negative_control_keeps_quiet(collecting: Against) -> None:
    assert collecting.checks["has_warned"].sum() <= 1


def test_a_true_null_stays_one_once_adjusted(collecting: Against) -> None:
    satisfaction = collecting.estimates.filter(pl.col("outcome") == "customer_satisfaction")
    bias = dict(satisfaction.group_by("design").agg(pl.col("error").mean()).iter_rows())
    assert bias["unadjusted"] > 0.04
    assert abs(bias["weighted"]) < 0.01 and abs(bias["doubly_robust"]) < 0.01


def test_sustained_is_after_what_staying_in_a_style_shows() -> None:
    found = several("switching styles", range(1, 5))
    sustained, weighted = headline(found, "sustained"), headline(found, "weighted")
    assert sustained["truth"].mean() < weighted["truth"].mean() - 0.02
    assert sustained["estimate"].mean() < weighted["estimate"].mean()
    assert sustained["is_covered"].sum() >= 3
    assert weighted["is_covered"].sum() >= 3


def test_the_page_says_what_the_seeds_gave(collecting: Against) -> None:
    table = summary(collecting.estimates)
    row = table.row(by_predicate=HEADLINE & (pl.col("design") == "weighted"), named=True)
    errors = 100 * headline(collecting, "weighted")["error"]
    assert row["bias"] == pytest.approx(errors.mean())
    assert row["spread"] == pytest.approx(errors.std())
    assert row["n_seeds"] == 5 and row["share_withheld"] == 0.0
    text = page(table, collecting.checks, collecting.permutations)
    assert f"| voluntary_exit | 365 | weighted | +0.00 | {row['bias']:+.2f} ±" in text
    assert text.count("| long-stayers collect |") >= 6


def test_a_row_that_chance_does_not_explain_is_told() -> None:
    row = {"world": "confounded", "outcome": "any_exit", "n_estimates": 200}
    sound = [{**row, "coverage": share} for share in (0.92, 0.94, 0.95, 0.96, 0.98)]
    beyond = {**row, "world": "unmeasured confounder", "coverage": 0.1}
    text = "\n".join(coverage_lines(pl.DataFrame([*sound, beyond])))
    assert "In 5 rows" in text and "1 lie under 93 %" in text
    assert "no further off than" in text
    assert "93 to 97 % in 1 of 1 (95.0 to 95.0 %)." in text
    off = pl.DataFrame([*sound, {**row, "coverage": 0.85}])
    assert "85.0 %, further off than" in "\n".join(coverage_lines(off))
