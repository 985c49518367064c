"""Attacks on one publication.

They succeed where only the dangerous cells themselves are hidden, and find nothing in what leaves.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
import pytest

from pipelines.outcomes.divisions import CROSS, SEGMENTS, UNKNOWN
from pipelines.privacy.audit import AuditError, check_release, findings
from tests.privacy.attacks import (
    Cell,
    Secret,
    complementary_cell,
    curve_steps,
    linear_algebra,
    means_of,
    overlapping_filters,
    small_remainders,
    total_minus_siblings,
)
from tests.privacy.corner_world import (
    ABSENCE,
    CORNERS,
    HAPPY,
    HARBOUR,
    ILL,
    MIN_GROUP,
    MOOD,
    MOST_MOOD,
    QUAY,
    Publication,
    episodes,
    publication,
    values,
)

SUBTRACTIONS = (total_minus_siblings, overlapping_filters, complementary_cell, linear_algebra)


def ours(corner: str) -> Publication:
    return publication(corner, is_complementary=True)


def naive(corner: str) -> Publication:
    return publication(corner, is_complementary=False)


@cache
def people(corner: str) -> pl.DataFrame:
    """Everybody with the parts they are in and their values."""
    frame = episodes(corner)
    parts = {name: how.fill_null(UNKNOWN) for name, (_, how) in SEGMENTS.items()}
    frame = frame.with_columns(**{f"in_{name}": how for name, how in parts.items()})
    for outcome in (MOOD.outcome, ABSENCE.outcome):
        own = (
            values(corner)
            .filter(outcome=outcome)
            .select("agent_key", pl.col("numerator").alias(outcome))
        )
        frame = frame.join(own, on="agent_key", how="left")
    return frame


def members(corner: str, arm: str, cell: Cell) -> pl.DataFrame:
    """The people of a part, found one by one."""
    frame = people(corner).filter(arm=arm.upper())
    if cell[0] == "all":
        return frame
    for segment, value in zip(cell[0].split(CROSS), cell[1].split(CROSS), strict=True):
        frame = frame.filter(pl.col(f"in_{segment}") == value)
    return frame


def truth(corner: str, secret: Secret) -> float:
    mine = members(corner, secret.arm, secret.cell)
    if secret.quantity == "people":
        return mine.height
    if secret.quantity == "sum":
        return float(mine[secret.outcome].sum())
    kind = secret.outcome.removesuffix("_exit")
    gone = mine.filter(pl.col("exit_type") == kind, pl.col("follow_up_days") <= secret.horizon_days)
    return gone.height


@pytest.mark.parametrize("corner", CORNERS)
@pytest.mark.parametrize("attack", SUBTRACTIONS)
def test_no_subtraction_gives_a_hidden_number_back(attack, corner) -> None:
    assert attack(ours(corner)) == []


@pytest.mark.parametrize("corner", CORNERS)
@pytest.mark.parametrize("attack", SUBTRACTIONS)
def test_subtractions_are_right_where_nothing_is_hidden_on_top(attack, corner) -> None:
    secrets = attack(naive(corner))
    assert secrets
    for secret in secrets:
        assert secret.number == pytest.approx(truth(corner, secret), abs=1e-6)


def test_a_small_site_is_everybody_minus_the_others() -> None:
    found = {
        (s.outcome, s.quantity, s.arm): s.number
        for s in total_minus_siblings(naive(QUAY))
        if s.cell == ("site", QUAY)
    }
    assert found["mood", "people", "a"] == members(QUAY, "a", ("site", QUAY)).height < MIN_GROUP
    assert found["mood", "sum", "a"] == members(QUAY, "a", ("site", QUAY))["mood"].sum()


def test_nobody_left_over_is_a_group_too_small() -> None:
    for corner in CORNERS:
        assert small_remainders(ours(corner), MIN_GROUP) == []
    rests = small_remainders(naive(QUAY), MIN_GROUP)
    assert {rest.number for rest in rests if rest.cell == ("site", QUAY)} == {6, 8}


@pytest.mark.parametrize(
    ("corner", "outcome"), [(HARBOUR, MOOD.outcome), (HAPPY, MOOD.outcome), (ILL, ABSENCE.outcome)]
)
def test_no_hidden_mean_comes_back(corner: str, outcome: str) -> None:
    assert means_of(ours(corner), outcome) == {}


def test_two_coaches_are_judged_where_nothing_is_hidden_on_top() -> None:
    """Small coach: what the agents of two coaches say, from everybody minus the other sites."""
    mean = means_of(naive(HARBOUR), MOOD.outcome)["a", ("site", HARBOUR)]
    mine = members(HARBOUR, "a", ("site", HARBOUR))
    assert mine["coach_key"].n_unique() == 2
    assert mean == pytest.approx(mine["mood"].mean())


def test_an_extreme_tells_everybodys_answer_where_nothing_is_hidden_on_top() -> None:
    mean = means_of(naive(HAPPY), MOOD.outcome)["b", ("site", HAPPY)]
    assert mean == pytest.approx(MOST_MOOD)
    assert set(members(HAPPY, "b", ("site", HAPPY))["mood"]) == {MOST_MOOD}


def test_a_sum_that_is_one_persons_tells_it_where_nothing_is_hidden_on_top() -> None:
    """Dominance: the recovered sum is within a few hours per head of the one ill person's."""
    site = members(ILL, "a", ("site", ILL))
    mean = means_of(naive(ILL), ABSENCE.outcome)["a", ("site", ILL)]
    most = site[ABSENCE.outcome].max()
    assert isinstance(most, float)
    assert most > mean * site.height / 2
    assert mean * site.height == pytest.approx(site[ABSENCE.outcome].sum())


def test_no_step_of_a_curve_tells_how_a_few_people_left() -> None:
    assert curve_steps(ours(QUAY), MIN_GROUP) == []
    steps = curve_steps(naive(QUAY), MIN_GROUP)
    assert len(steps) > 10
    frame = people(QUAY).filter(pl.col("exit_type").is_not_null())
    right = 0
    for arm, day, n_left, n_voluntary in steps:
        week = frame.filter(pl.col("arm") == arm, pl.col("follow_up_days").is_between(day - 6, day))
        if week.height == n_left:
            right += n_voluntary == week.filter(exit_type="voluntary").height
    assert right >= 0.8 * sum(1 for _ in steps) - 2


@pytest.mark.parametrize("corner", CORNERS)
def test_the_audit_lets_ours_pass_and_stops_the_naive_one(corner: str) -> None:
    check_release(ours(corner).comparison, MIN_GROUP)
    with pytest.raises(AuditError) as stopped:
        check_release(naive(corner).comparison, MIN_GROUP)
    words = str(stopped.value)
    assert words.startswith("outcomes.comparison: hidden numbers could be worked out")
    assert corner not in words
    numbers = {each.low for each in findings(naive(corner).comparison, MIN_GROUP)}
    assert not any(f" {number:.0f} " in words for number in numbers if number > 0)


def test_what_is_dangerous_is_hidden_with_and_without_the_rest() -> None:
    """The part itself is never shown; what is switched off in these tests is only the rest."""
    for corner, outcome in ((QUAY, MOOD), (HARBOUR, MOOD), (HAPPY, MOOD), (ILL, ABSENCE)):
        for published in (ours(corner), naive(corner)):
            rows = published.comparison.filter(outcome=outcome.outcome, segment_value=corner)
            assert rows.height > 0
            assert rows["n_people_a"].null_count() == rows.height
            assert rows["value_a"].null_count() == rows.height


def test_most_of_what_is_large_is_still_shown() -> None:
    rows = ours(QUAY).comparison.filter(
        pl.col("design") == "unadjusted",
        pl.col("outcome") == MOOD.outcome,
        pl.col("segment") == "site",
    )
    assert rows["n_people_a"].null_count() == 2
    assert np.isfinite(rows["value_a"].drop_nulls().to_numpy()).all()
