"""Leaving out coaches by brute force, people without gaps, and labels that are sometimes wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from pipelines.core.status import Absence
from pipelines.estimators.cohort import people_of
from pipelines.estimators.compare_exits import compare_exits
from pipelines.estimators.sensitivity.leave_out import coach_rows, complete_case_rows
from pipelines.estimators.sensitivity.misclassification import (
    Labels,
    labels_as_coded,
    misclassification_rows,
)
from tests.reference.support import released_exactly, small_world, spec_of

LONGEST = {"horizon_days": (180,)}


def told_of(world: pl.DataFrame, **changes: Any) -> dict[str, dict[str, Any]]:
    """The weighted differences at 180 days, by outcome."""
    spec = spec_of(**(LONGEST | changes))
    released = released_exactly(compare_exits(world, spec).comparison, spec.min_group)
    rows = released.filter(pl.col("design") == "weighted", pl.col("estimand") == "risk_difference")
    return {row["outcome"]: row for row in rows.to_dicts() if row["outcome"] != "involuntary_exit"}


def coaches_of(world: pl.DataFrame, **changes: Any) -> dict[str, dict[str, Any]]:
    spec = spec_of(**(LONGEST | changes))
    rows = coach_rows(people_of(world, "A", "B"), spec, told_of(world, **changes))
    return {row["outcome"]: row for row in rows}


def complete_of(world: pl.DataFrame) -> dict[str, dict[str, Any]]:
    rows = complete_case_rows(people_of(world, "A", "B"), spec_of(**LONGEST), told_of(world))
    return {row["outcome"]: row for row in rows}


@pytest.mark.parametrize("seed", [1, 2])
def test_the_range_without_one_coach_by_brute_force(seed: int) -> None:
    """Every coach is left out and everything fitted anew, twenty times."""
    world = small_world(700, seed=seed, n_coaches=20)
    found: dict[str, list[float]] = {"voluntary_exit": [], "any_exit": []}
    for coach in world["coach_key"].unique().sort():
        without = told_of(world.filter(pl.col("coach_key") != coach))
        for outcome, estimates in found.items():
            estimates.append(without[outcome]["estimate"])
    for outcome, row in coaches_of(world).items():
        assert row["range_low"] == pytest.approx(min(found[outcome]), abs=1e-12)
        assert row["range_high"] == pytest.approx(max(found[outcome]), abs=1e-12)
        assert row["range_low"] < row["value"] < row["range_high"]
        assert "one of 20 coaches" in row["reading"]


def test_small_coaches_are_never_left_out_alone_and_nobody_is_named() -> None:
    world = small_world(600, n_coaches=20).with_columns(
        coach_key=pl.when(pl.int_range(pl.len()) < 6)
        .then(pl.lit("coach of six"))
        .otherwise(pl.col("coach_key"))
    )
    row = coaches_of(world)["any_exit"]
    assert "one of 20 coaches" in row["reading"], "the coach of six isn't among them"
    assert "coach-" not in str(row)
    assert "coach of six" not in str(row)
    alone = coaches_of(world, min_group=300)["any_exit"]
    assert "value" not in alone
    assert alone["status"] in ("no_data", "suppressed")


def test_with_nothing_unknown_the_complete_cases_are_everybody() -> None:
    world = small_world(900)
    for outcome, row in complete_of(world).items():
        assert row["value"] == pytest.approx(told_of(world)[outcome]["estimate"], abs=1e-12)
        assert row["reading"] == "Everything before the first session is known of everybody."


def test_complete_cases_are_a_comparison_of_those_without_gaps() -> None:
    gap = pl.int_range(pl.len()) % 5 == 0
    world = small_world(1500).with_columns(
        skill=pl.when(gap).then(None).otherwise(pl.col("skill")),
        site=pl.when(pl.int_range(pl.len()) % 7 == 0).then(pl.lit(" ")).otherwise(pl.col("site")),
    )
    kept = world.filter(pl.col("skill").is_not_null(), pl.col("site") != " ")
    wanted = told_of(kept)["voluntary_exit"]
    row = complete_of(world)["voluntary_exit"]
    assert row["value"] == pytest.approx(wanted["estimate"], abs=1e-12)
    assert row["range_low"] == pytest.approx(wanted["conf_low"], abs=1e-12)
    assert f"{kept.height / world.height:.0%} of people" in row["reading"]


def test_a_few_people_with_gaps_are_not_told_by_subtraction() -> None:
    world = small_world(900).with_columns(
        skill=pl.when(pl.int_range(pl.len()) < 6).then(None).otherwise(pl.col("skill"))
    )
    row = complete_of(world)["any_exit"]
    assert row["status"] == "suppressed"
    assert "value" not in row


def test_wrong_labels_are_undone_where_their_share_is_known() -> None:
    """People of known kinds leave at 30 and 18 in 100; labels are wrong in 10 and 20 of 100."""
    rng = np.random.default_rng(4)
    n = 400_000
    label_a = rng.random(n) < 0.4
    is_a = np.where(label_a, rng.random(n) < 0.9, rng.random(n) < 0.2)
    left = rng.random(n) < np.where(is_a, 0.18, 0.30)
    between_labels = left[label_a].mean() - left[~label_a].mean()
    told = {
        "design": "weighted", "outcome": "any_exit", "horizon_days": 180,
        "reason": None, "status": "shown",
        "estimand": "risk_difference", "estimate": between_labels, "std_error": 0.002,
        "conf_low": between_labels - 0.004, "conf_high": between_labels + 0.004,
        "conf_level": 0.95, "arm_a": "A", "arm_b": "B",
    }  # fmt: skip
    rows = {row["check"]: row for row in misclassification_rows(told, Labels(0.9, 0.8))}
    corrected = rows["misclassified_style_as_coded"]
    assert between_labels == pytest.approx(-0.084, abs=0.004)
    assert corrected["value"] == pytest.approx(-0.12, abs=0.006)
    assert corrected["range_high"] - corrected["range_low"] == pytest.approx(0.008 / 0.7)
    stated = rows["misclassified_style_1_in_10"]
    assert stated["value"] == pytest.approx(between_labels / 0.8)
    assert "per 100 people instead of" in stated["reading"]
    useless = misclassification_rows(told, Labels(0.6, 0.5))[-1]
    assert useless["status"] == "not_reportable"


def test_not_knowing_the_labels_exactly_widens_the_range() -> None:
    told = {
        "design": "weighted", "outcome": "any_exit", "horizon_days": 180,
        "reason": None, "status": "shown",
        "estimand": "risk_difference", "estimate": -0.08, "std_error": 0.02, "conf_low": -0.12,
        "conf_high": -0.04, "conf_level": 0.95, "arm_a": "A", "arm_b": "B",
    }  # fmt: skip
    rng = np.random.default_rng(6)
    variance = 0.04**2
    draws = rng.normal(-0.08, 0.02, 200_000) / rng.normal(0.7, 0.04, 200_000)
    row = misclassification_rows(told, Labels(0.9, 0.8, variance))[-1]
    assert (row["range_high"] - row["range_low"]) / 4 == pytest.approx(draws.std(), rel=0.02)


def status_of(found: Labels | Absence) -> str:
    assert isinstance(found, Absence)
    return found.status


def test_labels_are_trusted_as_far_as_the_behaviours_speak_for_them() -> None:
    world = small_world(900)
    in_a = (world["arm"] == "A").to_numpy()
    rng = np.random.default_rng(2)
    right = rng.random(900) < np.where(in_a, 0.9, 0.7)
    coded = rng.random(900) < 0.6
    styles = world.select("agent_key", "coach_key", "arm").with_columns(
        is_label_confirmed=pl.when(pl.Series(coded)).then(pl.Series(right))
    )
    labels = labels_as_coded(styles, spec_of())
    assert isinstance(labels, Labels)
    assert labels.right_a == pytest.approx(right[coded & in_a].mean())
    assert labels.right_b == pytest.approx(right[coded & ~in_a].mean())
    independent = sum(
        share * (1 - share) / (coded & members).sum()
        for share, members in ((labels.right_a, in_a), (labels.right_b, ~in_a))
    )
    assert labels.variance == pytest.approx(independent, rel=0.5)
    few = styles.with_columns(
        is_label_confirmed=pl.when(pl.col("agent_key") < "person-00012").then(True)
    )
    assert status_of(labels_as_coded(few, spec_of())) == "suppressed"
    nobody = styles.with_columns(is_label_confirmed=pl.lit(None, pl.Boolean))
    own_labels = labels_as_coded(nobody, spec_of())
    assert status_of(own_labels) == "not_reportable"
    assert isinstance(own_labels, Absence)
    assert own_labels.reason.endswith("alone, not for the label A")
    arms = {"A": "compassionate", "B": "compliance"}
    uncoded = nobody.with_columns(pl.col("arm").replace(arms))
    spec = spec_of(arm_a=arms["A"], arm_b=arms["B"])
    assert status_of(labels_as_coded(uncoded, spec)) == "no_data"
