"""Reasons and regretted losses against a naive count: twelve months, hidden where few or alike."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace

import pytest

from tests.sql.worlds import Row, World, built, mart, random_world

SAID = ("Pay", " pay", "Other job", "moved", None, "")
TOGETHER = "reasons of few people, together"
"""What no code of HR's is called: 'other' is one."""


def told(world: World, reasons: tuple[str | None, ...]) -> World:
    exits = [
        {**row, "reason": reasons[place % len(reasons)]}
        for place, row in enumerate(sorted(world.of("attrition"), key=_place))
    ]
    return replace(world, rows={**world.rows, "attrition": exits})


def _place(row: Row) -> tuple[str, object]:
    return row["employee_id"], row["separation_date"]


def leavers(months: list[Row], agents: list[Row]) -> list[Row]:
    """The rows of agents who left in one of the last twelve whole months."""
    whole = sorted(row["month"] for row in months if row["is_whole_month"])[-12:]
    return [row for row in agents if row["exit_type"] and row["month"] in whole]


def naive(world: World, months: list[Row], agents: list[Row], keys: dict[str, str]) -> Counter[str]:
    """Each agent who left in one of the last twelve whole months, by the words of the exit."""
    said: dict[tuple[str, object], str | None] = {
        (row["employee_id"], row["separation_date"].replace(day=1)): row["reason"]
        for row in world.of("attrition")
    }
    left = leavers(months, agents)
    words = [(said[keys[row["agent_key"]], row["month"]] or "").strip().lower() for row in left]
    alike = Counter(words)
    teams = {word: {row["team"] for row, own in zip(left, words, strict=True) if own == word}
             for word in alike}  # fmt: skip
    if not any(words):
        return Counter()
    return Counter(
        "not recorded"
        if not word
        else word
        if alike[word] >= world.min_group and len(teams[word] - {None}) >= 2
        else TOGETHER
        for word in words
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("min_group", [2, 5])
def test_reasons_are_counted_as_naively(seed: int, min_group: int) -> None:
    world = told(replace(random_world(seed), min_group=min_group), SAID)
    with built(world, ["exit_reason"]) as con:
        rows = mart(con, "exit_reason")
        people = con.execute("select person_key, employee_id from staging.pseudonym").fetchall()
        expected = naive(world, mart(con, "dim_month"), mart(con, "agent_month"), dict(people))
    enough = {word for word, n in expected.items() if n >= min_group}
    if len(enough) < 2 or not enough - {TOGETHER, "not recorded"}:
        enough = set()  # a single figure, or one of few together, isn't told
    kept = enough | {"not recorded"}
    assert sorted(row["reason"] for row in rows) == sorted(
        {word if word in kept else TOGETHER for word in expected}
    )
    for row in rows:
        n = expected[row["reason"]]
        is_shown = row["reason"] in enough
        assert (row["status"] == "shown") == is_shown
        assert row["n_exits"] == (n if is_shown else None)


@pytest.mark.parametrize("reasons", [(None, ""), ("Pay",)])
def test_nothing_is_told_without_reasons_or_where_all_gave_the_same(
    reasons: tuple[str | None, ...],
) -> None:
    with built(told(random_world(1), reasons), ["exit_reason"]) as con:
        rows = mart(con, "exit_reason")
    told_of = [(row["reason"], row["n_exits"], row["status"]) for row in rows]
    assert told_of == ([(TOGETHER, None, "suppressed")] if any(reasons) else [])


def test_words_leave_only_where_they_read_like_a_code_of_several_teams() -> None:
    """What names somebody, or is said in one team alone, stands together; HR's "other" doesn't."""
    months = [dt.date(2025, 3, 1), dt.date(2025, 3, 8)]
    said = {"pay 12": "ab", "Other": "ab", "rude boss": "a", "write to jo@x.org": "ab",
            "staff 4711": "ab",
            "I left because of what was said to me in May, in words": "ab"}  # fmt: skip
    rows: dict[str, list[Row]] = {"roster": [], "attrition": [], "shifts": []}
    for word, teams in said.items():
        for number in range(6):
            person = f"{word}{number}"
            hired = dt.date(2025, 1, 1)
            rows["roster"].append(
                {"employee_id": person, "effective_date": hired, "hire_date": hired,
                 "role": "agent", "team": teams[number % len(teams)]}
            )  # fmt: skip
            rows["attrition"].append(
                {"employee_id": person, "separation_date": months[number % 2],
                 "separation_type": "voluntary", "reason": word}
            )  # fmt: skip
    rows["shifts"].append({"employee_id": "x", "shift_date": dt.date(2025, 1, 1),
                           "scheduled_hours": 8.0, "absent_hours": 0.0})  # fmt: skip
    world = World(rows, data_until=dt.date(2025, 4, 30), min_group=5)
    with built(world, ["exit_reason"]) as con:
        told_of = {row["reason"]: row["n_exits"] for row in mart(con, "exit_reason")}
    assert told_of == {"pay 12": 6, "other": 6, TOGETHER: 24}


@pytest.mark.parametrize("seed", range(4))
def test_regretted_losses_are_counted_as_naively(seed: int) -> None:
    world = replace(random_world(seed), min_group=3)
    exits = [{**row, "regretted": (True, False, True, None)[place % 4]}
             for place, row in enumerate(sorted(world.of("attrition"), key=_place))]  # fmt: skip
    world = replace(world, rows={**world.rows, "attrition": exits})
    with built(world, ["regretted_exit", "site_month"]) as con:
        rows = mart(con, "regretted_exit")
        people = con.execute("select person_key, employee_id from staging.pseudonym").fetchall()
        left = leavers(mart(con, "dim_month"), mart(con, "agent_month"))
    marks = {(row["employee_id"], row["separation_date"].replace(day=1)): row["regretted"]
             for row in exits}  # fmt: skip
    names = dict(people)
    groups = {("all", "all") for row in left} | {("site", row["site"]) for row in left}
    assert {(row["scope"], row["scope_value"]) for row in rows} == groups - {("site", None)}
    for found in rows:
        value = found["scope_value"]
        known = [
            mark
            for row in left
            if value in ("all", row["site"])
            and (mark := marks[names[row["agent_key"]], row["month"]]) is not None
        ]
        is_shown = len(known) >= 3 and any(known) and not all(known)
        assert found["status"] == ("shown" if is_shown else "suppressed")
        assert found["n_recorded"] == (len(known) if is_shown else None)
        assert found["n_regretted"] == (sum(known) if is_shown else None)


def test_without_marks_there_is_no_data_on_regretted_losses() -> None:
    with built(random_world(1), ["regretted_exit"]) as con:
        assert {row["status"] for row in mart(con, "regretted_exit")} == {"no_data"}
