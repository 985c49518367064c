"""The release ledger: counting changes, deciding, carrying rows over, remembering."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipelines.contracts.claims import load_claims
from pipelines.contracts.tables import load_metrics, published_tables
from pipelines.outcomes.divisions import divide, divide_twice
from pipelines.privacy.carrying import carry, is_held
from pipelines.privacy.families import FAMILIES, FOLLOWING, JOINED, claim_families
from pipelines.privacy.holding import WHOLE, held_cells
from pipelines.privacy.ledger import (
    CELL_SCHEMA,
    CONTRIBUTION_SCHEMA,
    CellPlan,
    advance,
    cell_names,
    changes,
    lattice,
)
from pipelines.privacy.nights import EVERYTHING_GOES_OUT, Ledger, decide
from pipelines.privacy.rules import SUPPRESSION
from pipelines.release_ledger import _settled, confirm_release, note_release, release_everything
from pipelines.warehouse import Connection, fetch, open_warehouse, write
from tests.privacy.nights import (
    KEYS,
    TABLE,
    Publisher,
    Staff,
    comparison,
    contributions,
    left,
    scored,
    staff,
)

NOT_HELD = {
    "meta.estimate_change": "compares what is released",
    "quality.k_anonymity": "describes the rows of the same file, which stand in it one by one",
}
PLAN = FAMILIES["exits"]


def test_every_published_number_over_people_follows_families() -> None:
    over_people = {
        table.full_name
        for table in published_tables()
        if any(column.personal == "group" for column in table.columns)
    }
    assert over_people <= FOLLOWING.keys() | NOT_HELD.keys()
    assert set(SUPPRESSION) == set(FOLLOWING)
    for name, following in FOLLOWING.items():
        (table,) = [table for table in published_tables() if table.full_name == name]
        assert {*following.columns} <= {column.name for column in table.columns}


def test_every_outcome_and_claim_follows_known_families() -> None:
    for metric in load_metrics():
        frame = pl.DataFrame({"outcome": [metric.outcome], "design": ["weighted"]})
        (families,) = frame.select(FOLLOWING[TABLE].families).to_series()
        assert set(families.split(JOINED)) <= FAMILIES.keys()
    followed = claim_families(load_claims())
    assert set().union(*map(set, followed.values())) <= FAMILIES.keys()
    assert {"exits", "leavers"} <= set(followed["retention"])
    testable = {claim.claim for claim in load_claims() if claim.is_testable}
    assert not [name for name in testable if not followed[name]]


def test_cells_are_named_as_the_parts_of_the_workforce_are() -> None:
    frame = pl.DataFrame(
        {
            "site": ["A × B", "C", None, "C"],
            "role": ["agent", "lead", "agent", "agent"],
            "tenure_days": [10, 100, 1000, 5],
            "employment_type": ["full_time", "part_time", "full_time", "full_time"],
            "day_0": [dt.date(2025, 1, 1), dt.date(2025, 5, 1), None, dt.date(2025, 1, 2)],
        }
    )
    from pipelines.outcomes.divisions import SEGMENTS, UNKNOWN

    placed = frame.select(
        place=pl.concat_list(each.fill_null(UNKNOWN) for _, each in SEGMENTS.values())
    )
    parts = divide(frame) | divide_twice(frame)
    assert len(parts) == 11
    for division in PLAN.divisions[1:]:
        segment, value = cell_names(PLAN, division)
        named = placed.select(segment=segment, value=value)
        for part in parts[named["segment"][0]]:
            assert np.flatnonzero((named["value"] == part.value).to_numpy()).tolist() == sorted(
                part.rows.tolist()
            )


def recounted(before: Staff, now: Staff) -> dict[tuple[str, str, str], tuple[int, int]]:
    """Changed exits, and changed people, by part and arm: one person at a time."""
    counts: dict[tuple[str, str, str], tuple[set[str], set[str]]] = {}
    for key in before.keys() | now.keys():
        pair = before.get(key), now.get(key)
        for division in ((), ("site",), ("tenure_band",), ("site", "tenure_band")):
            for cell in {(*p.cell(division), p.arm) for p in pair if p is not None}:
                then, today = (
                    p if p is not None and (*p.cell(division), p.arm) == cell else None
                    for p in pair
                )
                exits = [p.exit if p else None for p in (then, today)]
                facts = [p and (p.exit, p.arm, p.site, p.tenure_band) for p in (then, today)]
                own, whole = counts.setdefault(cell, (set(), set()))
                if exits[0] != exits[1]:
                    own.add(key)
                if facts[0] != facts[1]:
                    whole.add(key)
    return {c: (len(own), len(whole)) for c, (own, whole) in counts.items() if own or whole}


@pytest.mark.parametrize("seed", range(5))
def test_changes_are_those_of_a_plain_recount(seed: int) -> None:
    rng = np.random.default_rng(seed)
    before = staff(seed, n_people=120)
    now = dict(before)
    for key in rng.choice(sorted(before), 40, replace=False):
        person = now[key]
        happens = rng.integers(5)
        if happens == 0:
            del now[key]
        elif happens == 1:
            now[key] = left(rng, person)
        elif happens == 2:
            now[key] = replace(person, arm="a" if person.arm == "b" else "b")
        elif happens == 3:
            now[key] = replace(person, site="Z")
        else:
            now[key] = scored(rng, person)
    exits = pl.col("family") == "exits"
    ledger = advance(Ledger.empty().contribution, contributions(before), 1)
    cells = changes(contributions(now).filter(exits), ledger.clear(), _no_cell(), PLAN)
    released = cells.select(
        pl.lit("exits").alias("family"),
        "segment",
        "segment_value",
        pl.lit(1, pl.Int64).alias("release_id"),
        pl.lit(None, pl.Date).alias("data_until"),
    ).unique()
    gone = pl.DataFrame({"segment": ["site"], "segment_value": ["Z"]})
    assert released.join(gone, on=["segment", "segment_value"], how="semi").height == 1
    found = changes(contributions(now).filter(exits), ledger.filter(exits), released, PLAN)
    ours = {
        (segment, value, arm): (own, whole)
        for segment, value, arm, own, whole in found.iter_rows()
        if set(segment.split(" × ")) <= {"all", "site", "tenure_band"}
    }
    assert ours == recounted(before, now)


def _no_cell() -> pl.DataFrame:
    return pl.DataFrame(schema=CELL_SCHEMA)


def change_table(rows: dict[tuple[str, str], int]) -> pl.DataFrame:
    return pl.DataFrame(
        [(*cell, "a", n, n) for cell, n in rows.items()],
        schema=["segment", "segment_value", "arm", "own", "whole"],
        orient="row",
    )


def test_a_held_part_is_never_alone() -> None:
    plan = lattice(("site",), ())
    parts = {("site", "A"): 20, ("site", "B"): 4, ("site", "C"): 15, ("site", "D"): 3}
    assert held_cells(change_table({WHOLE: 42, **parts}), plan, 10) == {
        ("site", name) for name in "BCD"
    }
    assert held_cells(change_table({WHOLE: 4, ("site", "B"): 4}), plan, 10) is None
    assert held_cells(change_table({WHOLE: 35, ("site", "A"): 35}), plan, 10) == frozenset()
    assert held_cells(change_table({}), plan, 10) == frozenset()


def test_leavers_are_counted_by_themselves() -> None:
    """A hundred corrected rosters don't hide one leaver."""
    both = pl.DataFrame(
        [(*WHOLE, "a", 1, 101)],
        schema=["segment", "segment_value", "arm", "own", "whole"],
        orient="row",
    )
    assert held_cells(both, CellPlan(), 10) is None


def test_a_person_who_is_erased_from_the_ledger_is_no_change() -> None:
    people = staff(3)
    publisher = Publisher()
    publisher.night(people)
    gone = sorted(people)[0]
    del people[gone]
    ledger = publisher.ledger
    tonight = {TABLE: comparison(people)}
    assert decide(contributions(people), ledger, tonight, 10).held["exits"] is None
    kept = ledger.contribution.filter(pl.col("agent_key") != gone)
    forgotten = replace(ledger, contribution=kept)
    assert decide(contributions(people), forgotten, tonight, 10).held["exits"] == frozenset()


def test_held_rows_stand_as_they_were_and_new_ones_say_why_they_are_empty() -> None:
    people = staff(5)
    standing = comparison(people).with_columns(data_until=pl.lit(dt.date(2026, 1, 1)))
    tonight = comparison(people).with_columns(data_until=pl.lit(dt.date(2026, 1, 2)))
    longer = tonight.with_columns(horizon_days=pl.lit(180, pl.Int64))
    tonight = pl.concat([tonight.with_columns(value_a=pl.col("value_a") + 1), longer])
    held = {"exits": None, "morale": frozenset({("site", "A")})}
    out = carry(tonight, standing.drop("n_events_b"), KEYS[TABLE], FOLLOWING[TABLE], held, 10)
    assert out.columns == tonight.columns
    assert out.height == tonight.height
    waits = is_held(out, FOLLOWING[TABLE], held)
    old = out.filter(waits & (pl.col("horizon_days") == 365))
    same = old.join(standing, on=list(KEYS[TABLE]), suffix="_old")
    assert same.height == old.height > 30
    assert (same["value_a"].eq_missing(same["value_a_old"])).all()
    assert old["n_events_b"].null_count() == old.height, "a column that the old file lacks"
    assert (old["data_until"] == dt.date(2026, 1, 1)).all()
    new = out.filter(waits & (pl.col("horizon_days") == 180))
    assert new["value_a"].null_count() == new["data_until"].null_count() == new.height > 0
    assert new["reason"].str.starts_with("hidden for privacy").all()
    assert set(new["verdict"]) == {"not_reportable"}
    fresh = out.filter(~waits)
    assert set(fresh["outcome"]) == {"morale"}
    assert (fresh["data_until"] == dt.date(2026, 1, 2)).all()


def test_what_the_data_cannot_bear_tonight_is_not_told_though_it_is_held() -> None:
    people = staff(5)
    standing = comparison(people).with_columns(data_until=pl.lit(dt.date(2026, 1, 1)))
    numbers = [f"{name}_{arm}" for name in ("n_people", "n_events", "value") for arm in "ab"]
    withheld = standing.with_columns(
        *(pl.lit(None).alias(name) for name in numbers),
        reason=pl.lit("too many exits without a kind"),
    ).cast(standing.schema)
    out = carry(withheld, standing, KEYS[TABLE], FOLLOWING[TABLE], {"exits": None}, 10)
    assert out.equals(withheld)
    small = withheld.with_columns(reason=pl.lit("hidden for privacy: fewer than 20 people"))
    held = {"exits": None, "morale": None}
    arguments = (KEYS[TABLE], FOLLOWING[TABLE], held, 20)
    assert carry(small, standing, *arguments).select("value_a").equals(standing.select("value_a"))
    assert carry(small, standing, *arguments, hides_more=True).equals(small)


@pytest.fixture
def con(tmp_path: Path) -> Connection:
    with open_warehouse(tmp_path / "warehouse.duckdb") as connection:
        yield connection


def refreshed(number: int) -> pl.DataFrame:
    moment = dt.datetime(2026, 1, number)
    return pl.DataFrame({"refresh_id": [number], "started_at": [moment], "finished_at": [moment]})


def prepare(con: Connection, number: int) -> None:
    """A refresh has written what the ledger is going to say, and waits for the swap."""
    ledger = advance(Ledger.empty().contribution, contributions(staff(number, 20)), number)
    write(con, "release_ledger.next_contribution", ledger)
    write(con, "release_ledger.next_cell", pl.DataFrame(schema=CELL_SCHEMA))
    write(con, "release_ledger.next_waiting", Ledger.empty().waiting)
    noted = {"release_id": [number], "min_group": [10], "min_coaches": [3], "n_estimates_held": [7]}
    write(con, "release_ledger.next_release", pl.DataFrame(noted))
    assert note_release(con, refreshed(number)) == 7


def test_the_ledger_follows_what_stands_published(con: Connection) -> None:
    assert _settled(con, None) is None
    prepare(con, 1)
    assert _settled(con, None) is None, "killed before the first swap"
    prepare(con, 1)
    confirm_release(con)
    published = refreshed(1)
    known = _settled(con, published)
    assert known is not None
    assert known.release_id == 1
    prepare(con, 2)
    known = _settled(con, published)
    assert known is not None
    assert known.release_id == 1, "killed before the swap: the old one stands"
    prepare(con, 2)
    both = pl.concat([published, refreshed(2)])
    known = _settled(con, both)
    assert known is not None
    assert known.release_id == 2, "killed behind the swap: the new one stands"
    tables = fetch(con, "select table_name from duckdb_tables() where schema_name='release_ledger'")
    assert not [name for name in tables["table_name"] if name.startswith("next_")]
    assert _settled(con, None) is None, "the publication was taken away"


def test_everything_is_asked_for_until_it_has_been_published(con: Connection) -> None:
    release_everything(con)
    asked = "select count(*) from duckdb_tables() where table_name = 'everything_asked_for'"
    prepare(con, 1)
    _settled(con, None)
    assert fetch(con, asked).item() == 1, "a killed refresh forgets no request"
    prepare(con, 1)
    confirm_release(con)
    assert fetch(con, asked).item() == 0
    assert EVERYTHING_GOES_OUT.held == {}


def test_contributions_say_nothing_of_follow_up_that_only_the_calendar_made_longer() -> None:
    people = staff(1, 50)
    now = contributions(people)
    assert list(now.columns) == list(CONTRIBUTION_SCHEMA)
    stays = {person.key for person in people.values() if person.exit is None}
    exits = now.filter(family="exits")
    assert exits.filter(pl.col("agent_key").is_in(stays))["own"].null_count() == len(stays)
