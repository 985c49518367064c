"""Reasons for leaving against a naive count: pooled, twelve months, hidden where few or alike."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.sql.worlds import Row, World, built, mart, random_world

SAID = ("Pay", " pay", "Other job", "moved", None, "")


def told(world: World, reasons: tuple[str | None, ...]) -> World:
    exits = [
        {**row, "reason": reasons[place % len(reasons)]}
        for place, row in enumerate(sorted(world.of("attrition"), key=_place))
    ]
    return replace(world, rows={**world.rows, "attrition": exits})


def _place(row: Row) -> tuple[str, object]:
    return row["employee_id"], row["separation_date"]


def naive(world: World, months: list[Row], agents: list[Row], keys: dict[str, str]) -> Counter[str]:
    """Each agent who left in one of the last twelve whole months, by the words of the exit."""
    whole = sorted(row["month"] for row in months if row["is_whole_month"])[-12:]
    said: dict[tuple[str, object], str | None] = {
        (row["employee_id"], row["separation_date"].replace(day=1)): row["reason"]
        for row in world.of("attrition")
    }
    left = [row for row in agents if row["exit_type"] and row["month"] in whole]
    words = [(said[keys[row["agent_key"]], row["month"]] or "").strip().lower() for row in left]
    alike = Counter(words)
    if not any(words):
        return Counter()
    return Counter(
        "not recorded" if not word else word if alike[word] >= world.min_group else "other"
        for word in words
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("min_group", [2, 5])
def test_reasons_are_counted_as_naively(seed: int, min_group: int, tmp_path: Path) -> None:
    world = told(replace(random_world(seed), min_group=min_group), SAID)
    with built(world, tmp_path, ["exit_reason"]) as con:
        rows = mart(con, "exit_reason")
        people = con.execute("select person_key, employee_id from staging.pseudonym").fetchall()
        expected = naive(world, mart(con, "dim_month"), mart(con, "agent_month"), dict(people))
    if len(expected) == 1 and "not recorded" not in expected:
        expected = Counter({"other": expected.total()})  # a word that all share isn't told
    assert sorted(row["reason"] for row in rows) == sorted(expected)
    for row in rows:
        n = expected[row["reason"]]
        is_shown = n >= min_group and len(expected) > 1
        assert (row["status"] == "shown") == is_shown
        assert row["n_exits"] == (n if is_shown else None)


@pytest.mark.parametrize("reasons", [(None, ""), ("Pay",)])
def test_nothing_is_told_without_reasons_or_where_all_gave_the_same(
    reasons: tuple[str | None, ...], tmp_path: Path
) -> None:
    with built(told(random_world(1), reasons), tmp_path, ["exit_reason"]) as con:
        rows = mart(con, "exit_reason")
    told_of = [(row["reason"], row["n_exits"], row["status"]) for row in rows]
    assert told_of == ([("other", None, "suppressed")] if any(reasons) else [])
