"""The claim of retention follows the headline estimate, and what withholds that withholds it."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from pipelines.claims.claim_estimate import ESTIMATE_SCHEMA
from pipelines.claims.register import CLAIM_SCHEMA, Register, evaluate
from pipelines.contracts.claims import load_claims
from pipelines.core.status import Absence, no_data
from tests.unit.claims.world import comparison, people, world_of


def retention(
    frame: pl.DataFrame, not_reportable: dict[str, Absence] | None = None
) -> dict[str, Any]:
    (row,) = retention_register(frame, not_reportable).claims.to_dicts()
    return row


def retention_register(
    frame: pl.DataFrame, not_reportable: dict[str, Absence] | None = None
) -> Register:
    claims = [claim for claim in load_claims() if claim.claim == "retention"]
    episodes = people(100, np.random.default_rng(1))
    register = evaluate(claims, world_of(comparison=frame, episode=episodes), not_reportable or {})
    assert register.claims.schema == pl.Schema(CLAIM_SCHEMA)
    assert register.estimates.schema == pl.Schema(ESTIMATE_SCHEMA)
    return register


@pytest.mark.parametrize(
    ("changes", "claimed"),
    [
        ({}, "supported"),
        (
            {"estimate": 0.05, "conf_low": 0.01, "conf_high": 0.09, "verdict": "worse"},
            "not_supported",
        ),
        ({"conf_high": 0.01, "verdict": "no_clear_difference"}, "unclear"),
        ({"status": "too_little_data", "reason": "few exits"}, "too_little_data"),
        ({"status": "not_reportable", "reason": "no overlap"}, "not_reportable"),
    ],
)
def test_the_retention_claim_follows_the_headline_estimate(
    changes: dict[str, Any], claimed: str
) -> None:
    row = retention(comparison(**changes))
    assert (row["verdict"], row["horizon_days"], row["design"]) == (claimed, 365, "weighted")


def test_the_retention_claim_says_the_estimate_in_words() -> None:
    assert retention(comparison())["reason"] == (
        "leaving by choice, compassionate minus compliance: −5.0 per 100 people "
        "(likely range −9.0 to −1.0; 1,200 people)"
    )


def test_people_who_stand_on_both_sides_are_not_added_up() -> None:
    months = comparison(design="training_rollout", horizon_days=30)
    found = retention_register(pl.concat([comparison(), months])).estimates
    told = dict(found.select("estimate_name", "n_people").iter_rows())
    assert (told["voluntary_exits"], told["training_rollout"]) == (1200, None)
    rollout = found.row(by_predicate=pl.col("estimate_name") == "training_rollout", named=True)
    assert rollout["estimate"] == -0.05


def test_a_withheld_estimate_is_not_replaced_by_a_shorter_horizon() -> None:
    reason = "hidden for privacy: fewer than 10 people"
    row = retention(comparison(status="suppressed", estimate=None, reason=reason))
    assert (row["verdict"], row["status"]) == ("not_reportable", "suppressed")
    assert row["reason"].endswith(reason)


def test_without_an_estimate_there_is_no_verdict() -> None:
    row = retention(comparison().filter(pl.col("estimand") == "risk_ratio"))
    assert (row["verdict"], row["status"]) == ("too_little_data", "no_data")
    assert "no data: there is no estimate of it" in row["reason"]


def test_a_withheld_outcome_withholds_its_claims() -> None:
    reason = "41% of exits are recorded as other or without a kind"
    row = retention(comparison(), {"voluntary_exit": Absence("not_reportable", reason)})
    assert (row["verdict"], row["n_estimates"]) == ("not_reportable", 0)
    assert row["status"] == "not_reportable"
    assert row["reason"].endswith(reason)


def test_a_missing_source_is_no_data_and_not_a_refusal() -> None:
    row = retention(comparison(), {"voluntary_exit": no_data("nothing was delivered for exits")})
    assert (row["verdict"], row["status"]) == ("too_little_data", "no_data")
    assert row["reason"].endswith("no data: nothing was delivered for exits")
