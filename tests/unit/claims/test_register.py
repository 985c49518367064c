"""The register as a whole: its contract, the correction for many estimates, verdicts and words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from statsmodels.stats.multitest import multipletests

from pipelines.analysis.claims import CLAIM_FRAMES
from pipelines.claims.claim_estimate import BEYOND_SCALE, ClaimEstimate, within_scale
from pipelines.claims.reason_text import reason_of
from pipelines.claims.register import (
    ESTIMATORS,
    evaluate,
    parameters_of,
)
from pipelines.claims.verdict import AdjustedEstimate, status_of, verdict_of
from pipelines.contracts.claims import Claim, EstimateSpec, load_claims
from pipelines.core.status import Status
from pipelines.estimators.kernels.multiplicity import holm
from tests.unit.claims.world import claim_of, find, people, spec_of, world_of

NOT_TESTABLE = {"blood_pressure", "brain_circuits", "nervous_system"}
IDS = (
    "retention spiral data_dump performance not_sustained listening common_ground "
    "help_and_follow_up follow_up_done order own_goals balance coach_renewal trainable five_tools "
    "lifts_existing exposure two_faces warning_signs contagion morale absenteeism satisfaction "
    "format act_early stress_level efficient blood_pressure brain_circuits nervous_system"
)


def finding(low: float, high: float, **more: Any) -> ClaimEstimate:
    estimate = (low + high) / 2
    return ClaimEstimate(
        n_people=400, n_coaches=40, estimate=estimate, conf_low=low, conf_high=high, **more
    )


UP, DOWN, NEITHER = finding(1, 2), finding(-2, -1), finding(-1, 2)
FEW = ClaimEstimate(status="no_data", reason="no data: nobody has a value of it")
HIDDEN = ClaimEstimate(status="suppressed", reason="hidden for privacy: fewer than 10 people")


def verdict(claim: Claim, *found: ClaimEstimate) -> str:
    return verdict_of(
        claim, [AdjustedEstimate(s, f) for s, f in zip(claim.estimates, found, strict=True)]
    )


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ((UP, UP), "supported"),
        ((UP, NEITHER), "supported"),
        ((UP, FEW), "supported"),
        ((UP, DOWN), "unclear"),
        ((NEITHER, NEITHER), "unclear"),
        ((DOWN, NEITHER), "not_supported"),
        ((FEW, FEW), "too_little_data"),
        ((FEW, HIDDEN), "not_reportable"),
    ],
)
def test_any_deciding_estimate_suffices(found: tuple[ClaimEstimate, ...], expected: str) -> None:
    assert verdict(claim_of("higher", "higher"), *found) == expected
    mirrored = {UP: DOWN, DOWN: UP}
    turned = [mirrored.get(each, each) for each in found]
    assert verdict(claim_of("lower", "lower"), *turned) == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [((UP, UP), "supported"), ((UP, NEITHER), "unclear"), ((UP, FEW), "unclear")],
)
def test_where_all_are_needed_one_is_not_enough(
    found: tuple[ClaimEstimate, ...], expected: str
) -> None:
    assert verdict(claim_of("higher", "higher", needs="all"), *found) == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (("shown", "suppressed"), "shown"),
        (("too_early", "no_data"), "too_early"),
        (("no_data", "too_little_data"), "too_little_data"),
        (("too_little_data", "suppressed"), "suppressed"),
        (("suppressed", "not_reportable"), "not_reportable"),
    ],
)
def test_the_status_says_what_stands_in_the_way(found: tuple[Status, ...], expected: str) -> None:
    claim = claim_of("higher", "higher")
    each = [
        AdjustedEstimate(s, ClaimEstimate(status=f))
        for s, f in zip(claim.estimates, found, strict=True)
    ]
    assert status_of(claim, each) == expected
    assert (verdict_of(claim, each) == "unclear") == (expected == "shown")


def test_an_estimate_without_a_side_has_no_part_in_the_verdict() -> None:
    assert verdict(claim_of("higher", None), NEITHER, UP) == "unclear"
    assert verdict(claim_of("higher", None), UP, DOWN) == "supported"


def test_a_corrected_p_value_can_take_a_side_away() -> None:
    claim = claim_of("higher")
    (spec,) = claim.estimates
    sure = finding(0.1, 2, p_value=0.03)
    assert verdict_of(claim, [AdjustedEstimate(spec, sure, adjusted_p_value=0.03)]) == "supported"
    corrected = AdjustedEstimate(spec, sure, adjusted_p_value=0.06)
    assert verdict_of(claim, [corrected]) == "unclear"
    assert "p = 0.060 corrected for several estimates" in reason_of(claim, [corrected])


def test_what_may_be_chance_among_so_many_claims_says_so() -> None:
    claim = claim_of("higher")
    told = [AdjustedEstimate(claim.estimates[0], UP, adjusted_p_value=0.01)]
    for q_value, word in ((0.069, "unclear"), (0.05, "unclear"), (0.04, "supported")):
        assert verdict_of(claim, told, q_value) == word
        says_why = "findings as clear as this would be chance" in reason_of(claim, told, q_value)
        assert says_why == (word == "unclear")
    assert "6.9 of 100 findings" in reason_of(claim, told, 0.069)
    unsure = [AdjustedEstimate(claim.estimates[0], NEITHER)]
    assert "of 100 findings" not in reason_of(claim, unsure, 0.9)


def spec_in(unit: str) -> EstimateSpec:
    return next(e for c in load_claims() for e in c.estimates if e.unit == unit)


def test_a_range_of_shares_ends_where_everybody_is() -> None:
    wide = within_scale(finding(-1.06, 0.66), spec_in("fraction 0-1"))
    assert (wide.conf_low, wide.conf_high) == (-1.0, 0.66)
    assert within_scale(FEW, spec_in("fraction 0-1")) == FEW


def test_unsure_estimates_get_no_verdict_though_they_are_shown() -> None:
    few = finding(1, 2, status="too_little_data", reason="fewer than 50 people")
    claim = claim_of("higher")
    assert verdict(claim, few) == "too_little_data"
    reason = reason_of(claim, [AdjustedEstimate(claim.estimates[0], few)])
    assert reason.startswith("what is compared: +1.50 points")
    assert reason.endswith("fewer than 50 people")


def test_holm_is_that_of_statsmodels() -> None:
    rng = np.random.default_rng(1)
    for n in (1, 2, 5, 9):
        p_values = rng.random(n) ** 3
        expected = multipletests(p_values, method="holm")[1]
        assert holm(p_values.tolist()) == pytest.approx(expected.tolist())


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_never_makes_a_p_value_smaller_and_keeps_their_order(p_values: list[float]) -> None:
    corrected = holm(p_values)
    assert all(a >= p for a, p in zip(corrected, p_values, strict=True))
    for i, p in enumerate(p_values):
        for j, q in enumerate(p_values):
            assert not (p < q and corrected[i] > corrected[j])


def test_the_register_holds_every_claim_and_every_one_can_be_told() -> None:
    claims = load_claims()
    assert [claim.claim for claim in claims] == IDS.split()
    assert {claim.claim for claim in claims if not claim.is_testable} == NOT_TESTABLE
    for claim in claims:
        for spec in claim.estimates:
            assert spec.estimator in ESTIMATORS
            assert spec.frame in CLAIM_FRAMES
            parameters_of(spec)


def test_every_estimator_is_used() -> None:
    used = {spec.estimator for claim in load_claims() for spec in claim.estimates}
    assert used == set(ESTIMATORS)


def test_a_wrong_parameter_is_named() -> None:
    with pytest.raises(ValidationError, match="exposed"):
        parameters_of(spec_of("slope", "episode", {"exposure": "dose", "exposed": "dose"}))


@pytest.mark.parametrize(
    "changes",
    [{"is_testable": True}, {"estimates": ()}, {"assumes": None}],
)
def test_a_claim_without_a_test_or_a_condition_is_refused(changes: dict[str, Any]) -> None:
    content = {**claim_of("higher").model_dump(), **changes}
    if changes == {"is_testable": True}:
        content["estimates"] = claim_of(None, "higher").model_dump()["estimates"][:1]
    with pytest.raises(ValidationError):
        Claim(**content)


def test_practices_are_corrected_together() -> None:
    """Nine deciding estimates of three claims are one family: the smallest p-value counts nine."""
    practices = {"listening", "common_ground", "help_and_follow_up"}
    claims = [claim for claim in load_claims() if claim.claim in practices]
    rng = np.random.default_rng(2)
    flag = {
        name: pl.Series(rng.random(600) < 0.5)
        for name in (
            "listened_without_interrupting",
            "found_common_ground",
            "has_help_and_follow_up",
        )
    }
    frame = people(600, rng).with_columns(
        **flag,
        compliance_share=pl.Series(rng.random(600)),
        quality_score=pl.Series(rng.normal(70, 5, 600)),
        emotional_exhaustion=pl.Series(rng.normal(50, 9, 600)),
    )
    frame = frame.with_columns(
        quality_score=pl.col("quality_score") + 3.0 * pl.col("listened_without_interrupting"),
        follow_up_days=pl.Series(rng.integers(20, 400, 600)),
        exit_type=pl.Series(np.where(rng.random(600) < 0.5, "voluntary", "")).replace({"": None}),
    )
    register = evaluate(claims, world_of(episode=frame), {})
    estimates = register.estimates
    assert estimates.height == estimates["adjusted_p_value"].drop_nulls().len() == 9
    smallest = estimates.sort("p_value").row(0, named=True)
    assert smallest["claim"] == "listening"
    assert smallest["adjusted_p_value"] == pytest.approx(9 * smallest["p_value"])
    assert dict(register.claims.select("claim", "verdict").iter_rows())["listening"] == "supported"


def test_an_empty_warehouse_has_a_reason_for_every_claim() -> None:
    empty = people(1, np.random.default_rng(0)).clear()
    register = evaluate(load_claims(), world_of(**dict.fromkeys(CLAIM_FRAMES, empty)), {})
    assert set(register.claims["verdict"]) == {"too_little_data", "not_testable_here"}
    assert register.claims["reason"].null_count() == 0
    assert register.estimates["estimate"].null_count() == register.estimates.height
    assert set(register.claims["status"]) == {"no_data", "not_reportable"}
    assert set(register.estimates["status"]) == {"no_data"}


@pytest.mark.parametrize(
    ("value", "reason", "expected"),
    [(240.0, None, 240.0), (None, "the interval doesn't exclude no difference", None)],
)
def test_worth_is_taken_over_at_the_largest_horizon(
    value: float | None, reason: str | None, expected: float | None
) -> None:
    row = {
        "quantity": "extra_minutes_per_exit_avoided",
        "horizon_days": 365,
        "value": value,
        "range_low": None if value is None else 150.0,
        "range_high": None if value is None else 500.0,
        "status": "not_reportable" if value is None else "shown",
        "reason": reason,
    }
    others = [{**row, "horizon_days": 90, "value": 1.0}, {**row, "quantity": "money", "value": 2.0}]
    spec = spec_of("worth", "worth", {"quantity": row["quantity"]}, expects=None)
    found = find(spec, world_of(worth=pl.DataFrame([*others, row])))
    assert (found.estimate, found.horizon_days, found.reason) == (expected, 365, reason)
    assert found.status == row["status"]


def test_estimates_leave_on_a_grid_with_the_rounding_in_their_error() -> None:
    claim = claim_of("higher")
    rng = np.random.default_rng(5)
    frame = people(400, rng).with_columns(
        dose=pl.Series(rng.normal(size=400)), quality_score=pl.Series(rng.normal(70, 5, 400))
    )
    asked = {"exposure": "dose", "value": "quality_score"}
    spec = spec_of("slope", "episode", asked, name="e0")
    claim = claim.model_copy(update={"estimates": (spec,)})
    exact_world = world_of(episode=frame)
    bases = {("episode", "quality_score"): 5}
    (exact,) = evaluate([claim], exact_world, {}).estimates.to_dicts()
    (told,) = evaluate([claim], replace(exact_world, rounding_bases=bases), {}).estimates.to_dicts()
    step = told["rounding"]
    assert exact["rounding"] is None
    assert step == pytest.approx(5 * exact["std_error"] / 400**0.5, rel=0.6)
    assert told["estimate"] == pytest.approx(round(exact["estimate"] / step) * step)
    wider = (exact["std_error"] ** 2 + step**2 / 12) ** 0.5
    assert told["std_error"] == pytest.approx(wider, abs=step / 20)
    assert told["conf_low"] < told["estimate"] < told["conf_high"]


@pytest.mark.parametrize(
    ("estimate", "ends", "told"),
    [
        (-500.0, (-1050.0, 50.0), None),
        (40.0, (-5.0, 105.0), (-5.0, 100.0)),
        (8.0, (2.0, 14.0), (2.0, 14.0)),
    ],
)
def test_no_difference_is_told_beyond_its_scale(
    estimate: float, ends: tuple[float, float], told: tuple[float, float] | None
) -> None:
    """A line through coaches who hardly differ said 500 points of 100."""
    found = ClaimEstimate(n_people=10, estimate=estimate, conf_low=ends[0], conf_high=ends[1])
    scaled = within_scale(found, spec_in("points 0-100"))
    if told is None:
        assert (scaled.estimate, scaled.status) == (None, "too_little_data")
        assert scaled.reason == BEYOND_SCALE
    else:
        assert (scaled.estimate, scaled.conf_low, scaled.conf_high) == (estimate, *told)
