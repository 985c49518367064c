"""Suppression: what is small disappears, what is large stays, and no sum brings it back."""

from __future__ import annotations

import itertools
from dataclasses import replace

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.outcomes.results import (
    COMPARISON_SCHEMA,
    RETENTION_CURVE_SCHEMA,
    TRIAL_FLOW_SCHEMA,
)
from pipelines.privacy.cells import HIDDEN_CELL_SCHEMA
from pipelines.privacy.suppression import (
    COMPARISON_VALUES,
    Hiding,
    suppress_comparison,
    suppress_retention_curve,
    suppress_trial_flow,
)

FLOORS = st.integers(min_value=2, max_value=12)


def hiding(min_group: int, *cells: tuple[object, ...]) -> Hiding:
    """Hide these cells (outcome, horizon, segment, value) on top of what is small."""
    rows = [(*cell, "primary") for cell in cells]
    frame = pl.DataFrame(rows, schema=HIDDEN_CELL_SCHEMA, orient="row")
    return Hiding(min_group, (90, 180, 365), frame)


def flow(lefts: list[int], remaining: int) -> pl.DataFrame:
    """A trial flow in which ``lefts`` people leave step by step and ``remaining`` stay."""
    n_people = remaining + sum(lefts)
    rows = [(0, "on_roster", "Ever on the roster", n_people, 0, None)]
    for number, left in enumerate(lefts, start=1):
        n_people -= left
        rows.append((number, f"step_{number}", f"Step {number}", n_people, left, "some reason"))
    return pl.DataFrame(rows, schema=TRIAL_FLOW_SCHEMA, orient="row")


def curve(at_risk: list[int | None], arm: str = "a") -> pl.DataFrame:
    """A curve with a row a week; every value is a number that must vanish with its row."""
    values = {
        name: [0.5] * len(at_risk)
        for name, kind in RETENTION_CURVE_SCHEMA.items()
        if kind == pl.Float64
    }
    frame = pl.DataFrame(
        {
            "design": "weighted",
            "segment": "all",
            "segment_value": "all",
            "arm": arm,
            "day": [7 * week for week in range(len(at_risk))],
            "at_risk": at_risk,
            "n_events": [1] * len(at_risk),
            "reason": pl.Series([None] * len(at_risk), dtype=pl.String),
            **values,
        }
    )
    return frame.select(pl.col(name).cast(kind) for name, kind in RETENTION_CURVE_SCHEMA.items())


def comparison(n_a: int, n_b: int) -> pl.DataFrame:
    row = {name: 0.1 for name, kind in COMPARISON_SCHEMA.items() if kind == pl.Float64}
    words = {name: "x" for name, kind in COMPARISON_SCHEMA.items() if kind == pl.String}
    words |= {"segment": "all", "segment_value": "all"}
    counts = {"horizon_days": 90, "n_people_a": n_a, "n_people_b": n_b}
    events = {"n_events_a": 1, "n_events_b": 2, "verdict": "better", "reason": None}
    return pl.DataFrame([{**row, **words, **counts, **events}], schema=COMPARISON_SCHEMA)


@settings(deadline=None)
@given(st.lists(st.integers(0, 15), max_size=8), st.integers(0, 30), FLOORS)
def test_no_difference_of_released_flow_counts_is_a_small_group(lefts, remaining, floor):
    released = suppress_trial_flow(flow(lefts, remaining), hiding(floor))
    shown = [count for count in released["n_people"] if count is not None]
    differences = [high - low for high, low in itertools.combinations(shown, 2)]
    assert all(each == 0 or each >= floor for each in (*differences, *shown))


@settings(deadline=None)
@given(st.lists(st.integers(0, 15), max_size=8), st.integers(0, 30), FLOORS)
def test_hidden_flow_counts_fit_more_than_one_truth(lefts, remaining, floor):
    """Another flow with other hidden numbers is released in exactly the same form."""
    original = flow(lefts, remaining)
    released = suppress_trial_flow(original, hiding(floor))
    hidden = [row for row, count in enumerate(released["n_people"]) if count is None]
    if floor == 2:  # "fewer than 2 and not 0" can only be 1: no rule can blur that
        return
    truth = original["n_people"].to_list()
    for row in hidden:
        alternatives = [
            count
            for count in range(max(truth) + floor)
            if count != truth[row]
            and released_form(with_count(truth, row, count), floor)
            == released.select("n_people", "n_left").rows()
        ]
        neighbours_hidden = row + 1 in hidden or row - 1 in hidden
        assert alternatives or neighbours_hidden


def with_count(counts: list[int], row: int, count: int) -> list[int]:
    return [*counts[:row], count, *counts[row + 1 :]]


def released_form(counts: list[int], floor: int) -> list[tuple[int | None, int | None]]:
    lefts = [high - low for high, low in itertools.pairwise(counts)]
    if min(lefts, default=0) < 0:
        return []
    return (
        suppress_trial_flow(flow(lefts, counts[-1]), hiding(floor))
        .select("n_people", "n_left")
        .rows()
    )


@settings(deadline=None)
@given(st.lists(st.integers(0, 15), max_size=8), st.integers(0, 30), FLOORS)
def test_shown_flow_counts_are_the_true_ones_and_the_rest_says_why(lefts, remaining, floor):
    original = flow(lefts, remaining)
    released = suppress_trial_flow(original, hiding(floor))
    for before, after in zip(original.to_dicts(), released.to_dicts(), strict=True):
        assert after["n_people"] in (None, before["n_people"])
        assert after["n_left"] in (None, before["n_left"])
        if after["n_people"] is None or after["n_left"] is None:
            assert after["reason"].startswith("hidden for privacy")
        else:
            assert after["reason"] == before["reason"]


def test_a_flow_without_small_steps_is_released_as_it_is():
    original = flow([100, 0, 10], 50)
    assert suppress_trial_flow(original, hiding(10)).equals(original)


def test_a_small_step_is_merged_with_the_one_before_it():
    released = suppress_trial_flow(flow([40, 30, 3, 0], 200), hiding(10))
    assert released["n_people"].to_list() == [273, 233, None, 200, 200]
    assert released["n_left"].to_list() == [0, 40, None, None, 0]


@settings(deadline=None)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=12), FLOORS)
def test_a_curve_ends_where_few_are_left(counts, floor):
    at_risk = sorted(counts, reverse=True)
    released = suppress_retention_curve(curve(at_risk), hiding(floor))
    for count, row in zip(at_risk, released.to_dicts(), strict=True):
        values = [row[name] for name in ("at_risk", "n_events", "survival", "clustered_conf_low")]
        if count < floor:
            assert values == [None] * 4
            assert row["reason"] == f"hidden for privacy: fewer than {floor} people"
        else:
            assert row["at_risk"] == count
            assert None not in values
            assert (row["reason"] is None) == (row["voluntary_exit"] is not None)


@settings(deadline=None)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=55), FLOORS, st.sets(st.integers(0, 2)))
def test_how_people_left_is_told_of_nobody_or_of_enough_at_a_time(exits, floor, told):
    """Any two days that tell how people left have nobody or enough leavers between them."""
    n_rows = len(exits)
    horizons = sorted({7 * (n_rows // 3), 7 * (n_rows // 2), 7 * (n_rows - 1)})
    left = [sum(exits[: k + 1]) for k in range(n_rows)]
    shown, last = [], 0
    for k, day in enumerate(horizons):  # as the comparison would: few leavers tell nothing
        so_far = left[day // 7]
        if k in told and (so_far == last or so_far - last >= floor):
            shown.append(day)
            last = so_far
    frame = curve([10_000 - each for each in left]).with_columns(n_events=pl.Series(exits))
    hidden = [("voluntary_exit", day, "all", "all") for day in horizons if day not in shown]
    released = suppress_retention_curve(
        frame, replace(hiding(floor, *hidden), horizon_days=tuple(horizons))
    )
    is_told = released["voluntary_exit"].is_not_null().to_list()
    counts = [0, *(count for count, tells in zip(left, is_told, strict=True) if tells)]
    assert all(b == a or b - a >= floor for a, b in itertools.pairwise(counts))
    assert {7 * k for k in range(n_rows) if is_told[k]} & set(horizons) == set(shown)
    assert released.select("survival", "n_events").equals(frame.select("survival", "n_events"))


def test_each_arm_and_design_has_its_own_curve():
    both = pl.concat([curve([50, 5]), curve([50, 40], arm="b")])
    released = suppress_retention_curve(both, hiding(10))
    assert released["at_risk"].to_list() == [50, None, 50, 40]


def test_a_curve_without_values_keeps_its_own_reason():
    values = [name for name, kind in RETENTION_CURVE_SCHEMA.items() if kind == pl.Float64]
    empty = curve([None, None]).with_columns(
        *(pl.lit(None, pl.Float64).alias(name) for name in values),
        reason=pl.lit("no people in the arm"),
    )
    assert suppress_retention_curve(empty, hiding(10)).equals(empty)


def test_both_arms_of_a_comparison_are_hidden_when_one_is_small():
    row = suppress_comparison(comparison(9, 500), hiding(10)).to_dicts()[0]
    assert [row[name] for name in COMPARISON_VALUES] == [None] * len(COMPARISON_VALUES)
    assert row["verdict"] == "not_reportable"
    assert row["reason"] == "hidden for privacy: fewer than 10 people"


def test_a_comparison_of_large_arms_is_released_as_it_is():
    original = comparison(10, 500)
    assert suppress_comparison(original, hiding(10)).equals(original)


def test_an_empty_arm_is_no_data_rather_than_hidden():
    original = comparison(0, 500)
    assert suppress_comparison(original, hiding(10)).equals(original)
