"""What may be shown of a claim's estimates, and which figures are too unsure for a verdict."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from pipelines.claims.claim_estimate import ClaimEstimate
from tests.unit.claims.test_estimators import leavers
from tests.unit.claims.world import find, people, spec_of, world_of


def small(n: int, n_coaches: int) -> pl.DataFrame:
    frame = people(n, np.random.default_rng(17), n_coaches)
    return frame.with_columns(score=pl.Series(np.arange(n, dtype=float)))


@pytest.mark.parametrize(
    ("n", "n_coaches", "status"),
    [
        (9, 9, "suppressed"),
        (60, 2, "suppressed"),
        (40, 20, "too_little_data"),
        (60, 6, "too_little_data"),
        (200, 30, "shown"),
    ],
)
def test_the_floors(n: int, n_coaches: int, status: str) -> None:
    found = find(
        spec_of("mean", "episode", {"value": "score"}), world_of(episode=small(n, n_coaches))
    )
    assert found.status == status
    assert (found.reason is None) == (status == "shown")
    if status == "suppressed":
        assert found == ClaimEstimate(status="suppressed", reason=found.reason)


def test_a_small_side_hides_the_whole() -> None:
    frame = small(200, 30).with_columns(is_on=pl.int_range(200) < 6)
    asked = {"exposure": "is_on", "value": "score"}
    found = find(spec_of("slope", "episode", asked), world_of(episode=frame))
    assert found.status == "suppressed"
    assert found.estimate is None


@pytest.mark.parametrize("outcome", [{"value": "score"}, {"exit": "voluntary"}])
def test_a_contrast_with_a_small_side_is_hidden(outcome: dict[str, str]) -> None:
    frame = leavers(6, 1.0, 400).with_columns(is_on=pl.int_range(400) < 8, score=pl.lit(1.0))
    asked = {"exposure": {"column": "is_on", "one_of": [True]}, **outcome}
    found = find(spec_of("contrast", "episode", asked, horizon_days=90), world_of(episode=frame))
    assert found == ClaimEstimate(status="suppressed", reason=found.reason)


def test_exits_that_nobody_was_followed_for_are_too_early() -> None:
    asked = {"exposure": "is_dosed", "exit": "voluntary"}
    frame = leavers(6, 1.0, 400).with_columns(pl.col("follow_up_days").clip(upper_bound=50))
    spec = spec_of("slope", "episode", asked, horizon_days=365)
    found = find(spec, world_of(episode=frame.with_columns(exit_type=pl.lit(None, pl.String))))
    assert (found.status, found.estimate) == ("too_early", None)


def test_that_a_few_people_are_all_alike_is_not_said() -> None:
    frame = small(6, 6).with_columns(is_on=pl.lit(value=True), other=pl.col("score") * 2)
    slope = {"exposure": "is_on", "value": "score"}
    for spec in (
        spec_of("slope", "episode", slope),
        spec_of("correlation", "episode", {"first": "score", "second": "other"}),
    ):
        assert find(spec, world_of(episode=frame)).status == "suppressed"
