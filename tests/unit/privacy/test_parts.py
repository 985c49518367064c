"""Parts of a whole: whoever subtracts the shown parts from everybody learns of no small group."""

from __future__ import annotations

import itertools

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.outcomes.results import COMPARISON_SCHEMA
from pipelines.privacy.parts import PART_HIDDEN
from pipelines.privacy.suppression import COMPARISON_VALUES, suppress_comparison

Counts = list[tuple[int, int]]

FLOORS = st.integers(min_value=2, max_value=12)
PARTS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=2, max_size=7)


def row(segment: str, value: str, n_a: int | None, n_b: int | None, **more: object) -> dict:
    numbers = {name: 0.1 for name, kind in COMPARISON_SCHEMA.items() if kind == pl.Float64}
    words = {"outcome": "voluntary_exit", "design": "weighted", "estimand": "risk_difference"}
    words |= {"segment": segment, "segment_value": value, "arm_a": "A", "arm_b": "B"}
    counts = {"horizon_days": 90, "n_people_a": n_a, "n_people_b": n_b}
    counts |= {"n_events_a": n_a and 1, "n_events_b": n_b and 1}
    return {**numbers, **words, **counts, "verdict": "better", "reason": None, **more}


def table(parts: Counts, segment: str = "site") -> pl.DataFrame:
    total = [sum(part[arm] for part in parts) for arm in (0, 1)]
    rows = [row(segment, f"part {i}", *part) for i, part in enumerate(parts)]
    return pl.DataFrame([row("all", "all", *total), *rows], schema=COMPARISON_SCHEMA)


def released_counts(parts: Counts, floor: int) -> list[tuple[int | None, int | None]]:
    released = suppress_comparison(table(parts), floor)
    return list(released.select("n_people_a", "n_people_b").iter_rows())


def hidden_rest(parts: Counts, floor: int) -> tuple[list[int], list[int]]:
    """What an attacker gets by subtraction: which parts are hidden, and their sum in each arm."""
    (total_a, total_b), *shown = released_counts(parts, floor)
    hidden = [i for i, counts in enumerate(shown) if counts[0] is None]
    if total_a is None or total_b is None:
        assert len(hidden) == len(parts)
        return hidden, []
    return hidden, [
        total - sum(counts[arm] or 0 for counts in shown)
        for arm, total in enumerate((total_a, total_b))
    ]


@settings(max_examples=300, deadline=None)
@given(PARTS, FLOORS)
def test_everybody_minus_the_shown_parts_is_no_small_group(parts, floor):
    hidden, rest = hidden_rest(parts, floor)
    if not hidden:
        assert all(n == 0 or n >= floor for counts in parts for n in counts)
        return
    assert len(hidden) >= 2
    assert all(n == 0 or n >= floor for n in rest)


@settings(max_examples=200, deadline=None)
@given(PARTS, FLOORS)
def test_a_hidden_count_fits_more_than_one_truth(parts, floor):
    """Knowing that some hidden part is small doesn't tell how many people any of them has."""
    hidden, rest = hidden_rest(parts, floor)
    if floor == 2:  # "fewer than 2 and not 0" can only be 1: no rule can blur that
        return
    for arm in (0, 1):
        if not rest or rest[arm] == 0:
            continue
        for part in hidden:
            assert any(
                n_truths(parts, part, other, arm, hidden, floor) > 1
                for other in hidden
                if other != part
            ), f"{parts}: arm {arm} of part {part} follows from the release"


def n_truths(parts: Counts, part: int, other: int, arm: int, hidden: list[int], floor: int) -> int:
    """In how many ways two hidden parts' people could be split, some hidden part being small."""
    both = parts[part][arm] + parts[other][arm]
    return sum(
        has_small_part(moved(parts, part, other, arm, mine), hidden, floor)
        for mine in range(both + 1)
    )


def moved(parts: Counts, part: int, other: int, arm: int, mine: int) -> list[list[int]]:
    """The same people with ``mine`` of two parts' in one of them and the rest in the other."""
    truth = [list(counts) for counts in parts]
    truth[other][arm] += truth[part][arm] - mine
    truth[part][arm] = mine
    return truth


def has_small_part(truth: list[list[int]], hidden: list[int], floor: int) -> bool:
    return any(0 < n < floor for i in hidden for n in truth[i])


@settings(deadline=None)
@given(PARTS, FLOORS)
def test_what_is_hidden_is_hidden_whole_and_says_so_alike(parts, floor):
    released = suppress_comparison(table(parts), floor).filter(pl.col("segment") != "all")
    for truth, told in zip(parts, released.to_dicts(), strict=True):
        if told["n_people_a"] is None:
            assert [told[name] for name in COMPARISON_VALUES] == [None] * len(COMPARISON_VALUES)
            assert (told["verdict"], told["reason"]) == ("not_reportable", PART_HIDDEN)
        else:
            assert (told["n_people_a"], told["n_people_b"]) == truth
            assert told["reason"] is None


def test_the_smallest_neighbour_is_hidden_with_a_single_small_part():
    assert released_counts([(4, 50), (200, 200), (30, 40), (90, 35)], 10) == [
        (324, 325),
        (None, None),
        (200, 200),
        (None, None),
        (90, 35),
    ]


def test_two_small_parts_protect_each_other_only_if_large_together():
    assert released_counts([(3, 20), (4, 20), (60, 60), (50, 50)], 10)[1:] == [
        (None, None),
        (None, None),
        (60, 60),
        (None, None),
    ]
    assert released_counts([(6, 20), (7, 20), (60, 60)], 10)[1:] == [
        (None, None),
        (None, None),
        (60, 60),
    ]


def test_parts_that_were_hidden_before_count_as_hidden():
    """A part whose coaches were too few comes without counts; its size follows from the rest."""
    frame = pl.DataFrame(
        [
            row("all", "all", 150, 150),
            row(
                "site",
                "few coaches",
                None,
                None,
                verdict="not_reportable",
                reason="hidden for privacy: fewer than 3 coaches in A",
            ),
            row("site", "x", 50, 50),
            row("site", "y", 60, 60),
        ],
        schema=COMPARISON_SCHEMA,
    )
    released = suppress_comparison(frame, 10)
    assert released["n_people_a"].to_list() == [150, None, None, 60]
    assert released["reason"].to_list() == [None, PART_HIDDEN, PART_HIDDEN, None]


def test_divisions_and_outcomes_are_judged_one_by_one():
    small, large = table([(4, 50), (40, 50), (60, 60)]), table([(40, 50), (60, 60)], "role")
    other = small.with_columns(outcome=pl.lit("morale"), n_people_a=pl.col("n_people_a") + 20)
    parts_of_role = large.filter(pl.col("segment") != "all")
    released = suppress_comparison(pl.concat([small, parts_of_role, other]), 10)
    hidden = released.filter(pl.col("n_people_a").is_null()).select("outcome", "segment").rows()
    assert hidden == [("voluntary_exit", "site")] * 2


def test_no_sum_over_any_subset_of_rows_gives_a_small_part():
    """Brute force: add and subtract every subset of released counts of a small table."""
    parts = [(3, 30), (25, 30), (40, 40), (55, 70)]
    (total, _), *shown = released_counts(parts, 10)
    seen = [counts[0] for counts in shown if counts[0] is not None]
    reachable = {
        total - sum(chosen)
        for size in range(len(seen) + 1)
        for chosen in itertools.combinations(seen, size)
    }
    assert 3 not in reachable
    assert not any(0 < value < 10 for value in reachable)
