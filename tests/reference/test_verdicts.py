"""Odd and thin data: always rows with a verdict and a reason, never an exception."""

from __future__ import annotations

import polars as pl
import pytest

from pipelines.core.status import NO_DATA, SUPPRESSED, TOO_EARLY
from pipelines.disclosure.comparison import released_comparison, released_curve
from pipelines.disclosure.tables import covariate_balance, release_context, weight_summary
from pipelines.disclosure.thresholds import decide
from pipelines.estimators.cohort import EpisodeError
from pipelines.estimators.compare_exits import compare_exits
from pipelines.estimators.results import (
    COMPARISON_SCHEMA,
    COVARIATE_BALANCE_SCHEMA,
    RETENTION_CURVE_SCHEMA,
    WEIGHT_SUMMARY_SCHEMA,
    ComparisonResult,
    Covariate,
)
from pipelines.estimators.verdict import (
    MIN_EVENTS,
    ArmSupport,
    ComparisonSupport,
    Evidence,
    verdict_for,
)
from tests.disclosure.rows import DEFAULT
from tests.reference.support import AGE, SITE, small_world, spec_of

VALUES = ("value_a", "value_b", "estimate", "std_error", "conf_low", "conf_high")
N_ROWS = 3 * 2 * 3 * 3  # outcomes x horizons x designs x estimands


def _assert_complete(result: ComparisonResult) -> None:
    """Check schemas, row counts, and that every empty value has a reason."""
    assert dict(result.comparison.schema) == COMPARISON_SCHEMA
    assert dict(result.retention_curve.schema) == RETENTION_CURVE_SCHEMA
    assert dict(result.covariate_balance.schema) == COVARIATE_BALANCE_SCHEMA
    assert dict(result.weight_summary.schema) == WEIGHT_SUMMARY_SCHEMA
    assert result.comparison.height == N_ROWS
    no_estimate = result.comparison.filter(pl.col("estimate").is_null())
    assert no_estimate["reason"].null_count() == 0
    no_survival = result.retention_curve.filter(pl.col("survival").is_null())
    assert no_survival["reason"].null_count() == 0


def _design(result: ComparisonResult, design: str) -> pl.DataFrame:
    return result.comparison.filter(pl.col("design") == design)


def test_nobody_at_all() -> None:
    result = compare_exits(small_world(50).head(0), spec_of())
    _assert_complete(result)
    assert set(result.comparison["verdict"]) == {"too_little_data"}
    assert set(result.comparison["status"]) == {NO_DATA}
    assert result.comparison["n_people_a"].to_list() == [0] * N_ROWS


def test_one_arm_empty() -> None:
    result = compare_exits(small_world().filter(pl.col("arm") == "B"), spec_of())
    _assert_complete(result)
    assert set(result.comparison["status"]) == {NO_DATA}
    assert result.comparison["reason"].str.contains("nobody is in the A group").all()
    shown = result.retention_curve.filter(
        (pl.col("design") == "unadjusted") & (pl.col("arm") == "B")
    )
    assert shown["survival"].null_count() == 0
    weighted = result.retention_curve.filter(pl.col("design") == "weighted")
    assert weighted["survival"].null_count() == weighted.height


def test_everybody_enters_on_the_last_day() -> None:
    world = small_world().with_columns(follow_up_days=pl.lit(0), exit_type=pl.lit(None, pl.String))
    result = compare_exits(world, spec_of())
    _assert_complete(result)
    assert set(result.comparison["verdict"]) == {"too_little_data"}
    assert set(result.comparison["status"]) == {TOO_EARLY}
    day_0 = result.retention_curve.filter(pl.col("day") == 0)
    assert day_0["survival"].to_list() == [1.0] * 4


def test_no_exits() -> None:
    world = small_world().with_columns(
        follow_up_days=pl.lit(200), exit_type=pl.lit(None, pl.String)
    )
    result = compare_exits(world, spec_of())
    _assert_complete(result)
    assert set(result.comparison["verdict"]) == {"too_little_data"}
    assert result.comparison["std_error"].null_count() == N_ROWS
    differences = result.comparison.filter(pl.col("estimand") == "risk_difference")
    assert differences["estimate"].to_list() == [0.0] * differences.height


def test_a_horizon_nobody_reaches_has_no_value() -> None:
    world = small_world().with_columns(
        exit_type=pl.when(pl.col("follow_up_days") <= 120).then("exit_type"),
        follow_up_days=pl.col("follow_up_days").clip(0, 120),
    )
    result = compare_exits(world, spec_of())
    _assert_complete(result)
    late = result.comparison.filter(pl.col("horizon_days") == 180)
    assert set(late["verdict"]) == {"too_little_data"}
    assert set(late["status"]) == {TOO_EARLY}
    assert late["estimate"].null_count() == late.height
    assert (result.comparison.filter(pl.col("horizon_days") == 90)["estimate"]).is_not_null().any()
    curve = result.retention_curve
    assert curve.filter(pl.col("day") > 120)["survival"].is_null().all()
    assert curve.filter(pl.col("day") <= 120)["survival"].is_not_null().all()


def test_when_everybody_has_left_later_days_are_known() -> None:
    world = small_world().with_columns(
        follow_up_days=pl.col("follow_up_days").clip(1, 50), exit_type=pl.lit("voluntary")
    )
    result = compare_exits(world, spec_of())
    _assert_complete(result)
    last = result.retention_curve.filter(pl.col("day") == 180)
    assert last["survival"].to_list() == pytest.approx([0.0] * 4)
    assert last["at_risk"].to_list() == [0] * 4


@pytest.mark.parametrize("what", ["people", "coaches"])
def test_nothing_of_small_arms_is_released_on_either_side(what: str) -> None:
    world = small_world()
    if what == "people":
        in_a = world.filter(pl.col("arm") == "A").head(9)
        world = pl.concat([in_a, world.filter(pl.col("arm") == "B")])
    else:
        one_coach = pl.when(pl.col("arm") == "A").then(pl.lit("c")).otherwise("coach_key")
        world = world.with_columns(coach_key=one_coach)
    result = compare_exits(world, spec_of())
    _assert_complete(result)
    decided = decide(result.comparison, DEFAULT)
    rows = released_comparison(decided, DEFAULT)
    assert rows.height == N_ROWS
    assert set(rows["status"]) == {SUPPRESSED}
    assert set(rows["verdict"]) == {"not_reportable"}
    for column in (*VALUES, "n_people_a", "n_people_b", "n_events_a", "n_events_b"):
        assert rows[column].null_count() == rows.height
    release = release_context(decided, DEFAULT)
    assert not release.is_everybody_shown
    curve = released_curve(
        result.retention_curve, (90, 180), DEFAULT, is_shown=False, are_kinds_shown=False
    )
    for column in ("at_risk", "n_events", "survival", "voluntary_exit", "clustered_std_error"):
        assert curve[column].null_count() == curve.height
    assert set(curve["status"]) == {SUPPRESSED}
    assert weight_summary(result.weight_summary, release)["n_people"].null_count() == 3
    assert covariate_balance(result.covariate_balance, release)["smd_before"].is_null().all()


def test_separated_arms_hide_the_weighted_design_only() -> None:
    world = small_world().with_columns(
        telling=pl.when(pl.col("arm") == "A").then(pl.col("age") + 100).otherwise("age")
    )
    telling = Covariate("telling", "telling", "numeric", "Telling")
    result = compare_exits(world, spec_of(covariates=(telling,)))
    _assert_complete(result)
    weighted = _design(result, "weighted")
    assert set(weighted["verdict"]) == {"not_reportable"}
    assert weighted["reason"].str.starts_with("no weights").all()
    assert weighted["estimate"].null_count() == weighted.height
    assert weighted["n_people_a"].null_count() == 0
    assert _design(result, "unadjusted")["estimate"].null_count() == 0
    assert result.covariate_balance["smd_after"].is_null().all()
    assert result.covariate_balance["smd_before"].is_not_null().all()


def test_sites_that_never_share_an_arm_have_no_weights() -> None:
    own_site = pl.when(pl.col("arm") == "A").then(pl.lit("north")).otherwise(pl.lit("south"))
    result = compare_exits(small_world().with_columns(site=own_site), spec_of(covariates=(SITE,)))
    _assert_complete(result)
    assert _design(result, "weighted")["reason"].str.contains("in both arms").all()


def test_a_large_one_armed_site_fails_overlap() -> None:
    world = small_world(600)
    own_site = pl.when((pl.col("arm") == "A") & (pl.col("age") > 33)).then(pl.lit("north"))
    result = compare_exits(
        world.with_columns(site=own_site.otherwise("site")), spec_of(covariates=(SITE,))
    )
    _assert_complete(result)
    weighted = _design(result, "weighted")
    assert set(weighted["verdict"]) == {"not_reportable"}
    assert weighted["reason"].str.contains("comparable people").all()
    overlap = result.weight_summary["overlap"].to_list()
    n_north = world.filter((pl.col("arm") == "A") & (pl.col("age") > 33)).height
    n_a = world.filter(pl.col("arm") == "A").height
    assert overlap[0] == pytest.approx(1 - n_north / n_a)


def test_small_one_armed_levels_are_pooled_and_reported() -> None:
    world = small_world().with_row_index()
    rare = pl.when((pl.col("arm") == "A") & (pl.col("index") < 12)).then(pl.lit("rare"))
    result = compare_exits(world.with_columns(site=rare.otherwise("site")), spec_of())
    _assert_complete(result)
    assert result.weight_summary["reason"].str.contains("1 level").all()
    assert result.weight_summary["overlap"].min() > 0.9  # type: ignore[operator]


def test_a_tiny_effective_sample_is_not_reported() -> None:
    world = small_world(120, n_coaches=10)
    in_a = world.filter(pl.col("arm") == "A").head(15)
    result = compare_exits(
        pl.concat([in_a, world.filter(pl.col("arm") == "B")]), spec_of(covariates=(AGE,))
    )
    _assert_complete(result)
    weighted = _design(result, "weighted")
    assert set(weighted["verdict"]) == {"not_reportable"}
    assert weighted["reason"].str.contains("counts for only").all()
    assert _design(result, "unadjusted")["estimate"].null_count() == 0


def test_impossible_episodes_are_refused() -> None:
    world = small_world(50)
    for change in (
        {"follow_up_days": pl.lit(-1)},
        {"exit_type": pl.lit("vanished")},
        {"follow_up_days": pl.lit(0), "exit_type": pl.lit("voluntary")},
        {"agent_key": pl.lit("same")},
    ):
        with pytest.raises(EpisodeError):
            compare_exits(world.with_columns(**change), spec_of())
    with pytest.raises(EpisodeError, match="coach_key"):
        compare_exits(world.drop("coach_key"), spec_of())


def _standing(**arm: float) -> ComparisonSupport:
    one = ArmSupport("A", int(arm.get("n_people", 100)), 9, arm.get("size"), arm.get("overlap"))
    return ComparisonSupport((one, ArmSupport("B", 100, 9)))


def _evidence(low: float | None, high: float | None, **changes: object) -> Evidence:
    usual = {
        "horizon_days": 90,
        "n_events": (20, 20),
        "is_followed": (True, True),
        "no_difference": 0.0,
        "is_lower_better": True,
    } | changes
    return Evidence(conf_low=low, conf_high=high, **usual)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("low", "high", "is_lower_better", "word"),
    [
        (-0.2, -0.1, True, "better"),
        (0.1, 0.2, True, "worse"),
        (-0.2, -0.1, False, "worse"),
        (0.1, 0.2, False, "better"),
        (-0.1, 0.1, True, "no_clear_difference"),
        (0.0, 0.1, True, "no_clear_difference"),
        (None, None, True, "too_little_data"),
    ],
)
def test_the_interval_decides(
    low: float | None, high: float | None, is_lower_better: bool, word: str
) -> None:
    assert (
        verdict_for(_standing(), _evidence(low, high, is_lower_better=is_lower_better)).word == word
    )


@pytest.mark.parametrize(
    ("is_part", "is_followed", "status"),
    [
        (True, (False, False), TOO_EARLY),
        (True, (False, True), NO_DATA),
        (False, (False, False), NO_DATA),
    ],
)
def test_in_a_part_dates_decide_before_an_empty_arm(
    is_part: bool, is_followed: tuple[bool, bool], status: str
) -> None:
    support = ComparisonSupport((ArmSupport("A", 0, 0), ArmSupport("B", 9, 3)), is_part=is_part)
    assert verdict_for(support, _evidence(None, None, is_followed=is_followed)).status == status


def test_thresholds() -> None:
    clear = _evidence(0.1, 0.2)
    assert verdict_for(_standing(), clear).word == "worse"
    assert (
        verdict_for(_standing(n_people=10), _evidence(0.1, 0.2, n_events=(30, 30))).word == "worse"
    )
    assert verdict_for(_standing(size=20.0), clear).word == "worse"
    assert verdict_for(_standing(size=19.9), clear).word == "not_reportable"
    assert verdict_for(_standing(overlap=0.8), clear).word == "worse"
    assert verdict_for(_standing(overlap=0.79), clear).word == "not_reportable"
    few = _evidence(0.1, 0.2, n_events=(MIN_EVENTS - 1, 0))
    assert verdict_for(_standing(), few).word == "too_little_data"
    enough = _evidence(0.1, 0.2, n_events=(MIN_EVENTS, 0))
    assert verdict_for(_standing(), enough).word == "worse"
    lopsided = verdict_for(_standing(n_people=10), _evidence(0.1, 0.2, n_events=(0, 40)))
    assert lopsided.word == "too_little_data"
    assert not lopsided.hides_values
