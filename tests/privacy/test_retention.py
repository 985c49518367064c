"""What is past its age: the rules against a recount by hand, and a sweep of a small warehouse."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.config.settings import RecordAge
from pipelines.contracts.sources import load_contracts
from pipelines.core.warehouse import Connection, fetch, has_table, open_warehouse
from pipelines.core.warehouse_file import rewrite
from pipelines.core.workspace import Workspace
from pipelines.erasure.age_due import is_due
from pipelines.erasure.age_rule import expired
from pipelines.erasure.age_sweep import sweep
from pipelines.erasure.traces import find_traces
from pipelines.ingest.load.ingest_source import ingest_source
from pipelines.ingest.shape.lookups import alias_hash
from pipelines.personal_data.erasure_registry import load_erased

DAY = dt.date(2020, 6, 1)
NOW = dt.datetime(2026, 11, 1, 2, 30, tzinfo=dt.UTC)
DAYS = st.dates(dt.date(2019, 1, 1), dt.date(2021, 12, 31))
PEOPLE = st.sampled_from(["A", "B", "C"])


def test_the_cut_off_is_a_first_of_a_month_at_least_so_many_years_back() -> None:
    assert RecordAge(years=5).kept_from(dt.date(2026, 10, 31)) == dt.date(2021, 10, 1)
    assert RecordAge(years=1).kept_from(dt.date(2024, 2, 29)) == dt.date(2023, 2, 1)
    assert RecordAge(years=100).kept_from(dt.date(2017, 12, 31)) == dt.date(1917, 12, 1)


def roster_of(rows: list[tuple[str, dt.date, dt.date]]) -> pl.DataFrame:
    schema = {"employee_id": pl.String, "effective_date": pl.Date, "hire_date": pl.Date}
    return pl.DataFrame(rows, schema=schema, orient="row").unique(
        ["employee_id", "effective_date"], maintain_order=True
    )


def exits_of(rows: list[tuple[str, dt.date]]) -> pl.DataFrame:
    schema = {"employee_id": pl.String, "separation_date": pl.Date}
    return pl.DataFrame(rows, schema=schema, orient="row").unique(maintain_order=True)


def held_on(roster: pl.DataFrame, person: str, day: dt.date) -> tuple[str, dt.date, dt.date] | None:
    """The roster row that holds on a day, found by walking through them."""
    rows = [row for row in roster.rows() if row[0] == person and row[1] <= day]
    return max(rows, key=lambda row: row[1], default=None)


@given(
    st.lists(st.tuples(PEOPLE, DAYS), max_size=8),
    st.lists(st.tuples(PEOPLE, DAYS), max_size=4),
    st.sets(PEOPLE, max_size=2),
)
@settings(max_examples=300, deadline=None)
def test_who_is_there_after_the_cut_off_keeps_the_row_that_holds(
    changes: list[tuple[str, dt.date]], left: list[tuple[str, dt.date]], active: set[str]
) -> None:
    """Hired on the day of each row, so that every row after an exit is a new employment."""
    roster, exits = roster_of([(who, day, day) for who, day in changes]), exits_of(left)
    found = expired(roster, exits, active, DAY)
    rows = set(found.rows.rows())
    for person in {"A", "B", "C"} & {*roster["employee_id"], *exits["employee_id"]}:
        exit_days = [day for who, day in exits.rows() if who == person]
        past = [day for day in exit_days if day < DAY]
        held = held_on(roster, person, DAY)
        is_out = bool(past) and (held is None or held[1] <= max(past))
        comes_back = (
            person in active
            or any(day >= DAY for day in exit_days)
            or any(row[0] == person and row[1] > DAY for row in roster.rows())
        )
        assert (person in found.gone) == (is_out and not comes_back)
        for row in roster.rows():
            if row[0] == person and row[1] > DAY:
                assert row[:2] not in rows, "nothing after the cut-off goes"
        if held is not None and (not is_out or person in active):
            assert held[:2] not in rows, "what holds at the cut-off stays"
            older = {each[:2] for each in roster.rows() if each[0] == person and each[1] < held[1]}
            assert older <= rows
        if person in found.gone:
            assert {each[:2] for each in roster.rows() if each[0] == person} <= rows


ROSTER = "employee_id,effective_date,hire_date,site,team,role\n"
FILES = {
    "roster/all.csv": ROSTER
    + "GONE-AWAY-1,2010-01-01,2010-01-01,Aster,T,agent\n"
    + "BACK-AGAIN-2,2010-01-01,2010-01-01,Aster,T,agent\n"
    + "BACK-AGAIN-2,2024-01-01,2024-01-01,Birch,T,agent\n"
    + "STILL-HERE-3,2010-01-01,2010-01-01,Aster,T,agent\n"
    + "STILL-HERE-3,2015-01-01,2010-01-01,Birch,T,agent\n"
    + "STILL-HERE-3,2025-01-01,2010-01-01,Cedar,T,agent\n"
    + "".join(f"P{n},2022-01-01,2022-01-01,Aster,T,agent\n" for n in range(30)),
    "attrition/all.csv": "employee_id,separation_date,separation_type\n"
    "GONE-AWAY-1,2012-01-01,voluntary\nBACK-AGAIN-2,2013-01-01,voluntary\nP1,2025-01-01,other\n",
    "coaching_sessions/1.csv": "session_id,employee_id,coach_id,started_at,notes\n"
    "S1,STILL-HERE-3,P2,2019-01-01T10:00:00,an old word: quodlibetical\n"
    "S2,STILL-HERE-3,P2,2025-01-01T10:00:00,a young word\n"
    "S4,GONE-AWAY-1,P2,2011-01-01T10:00:00,\nS5,UNKNOWN-9,P2,2011-01-01T10:00:00,\n"
    "S3,STILL-HERE-3,P2,2025-01-01T10:00:00,first told as new\n",
    "coaching_sessions/2.csv": "session_id,employee_id,coach_id,started_at,notes\n"
    "S3,STILL-HERE-3,P2,2018-01-01T10:00:00,then corrected to old\n",
    "shifts/old.csv": "employee_id,shift_date,scheduled_hours,absent_hours\n"
    + "".join(f"P{n},2019-01-0{d},8,0\n" for n in range(10) for d in range(1, 6))
    + "STILL-HERE-3,2019-01-09,quodlibetical,0\nSTILL-HERE-3,never,8,0\n",
    "people/all.csv": "employee_id,system,other_id\nGONE-AWAY-1,badge,BADGE-OF-GONE\n"
    "BACK-AGAIN-2,badge,B-2\nSTILL-HERE-3,badge,B-3\nOUTSIDE-4,badge,B-4\n",
}


@contextmanager
def centre(root: Path) -> Iterator[tuple[Connection, Workspace]]:
    workspace = Workspace(root)
    workspace.prepare()
    for name, text in FILES.items():
        path = workspace.landing / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    with open_warehouse(workspace.warehouse_file) as con:
        yield con, workspace


def take_in(con: Connection, workspace: Workspace) -> int:
    """Take in what is new; returns how many files that was."""
    erased = load_erased(workspace.erasure_list_file, workspace.erasure_key_file)
    return sum(
        ingest_source(
            con,
            source,
            workspace.landing_source(source.name),
            raw=workspace.raw,
            now=NOW,
            quarantine=workspace.quarantine / source.name,
            erased=erased,
        ).n_files_loaded
        for source in load_contracts().landing
    )


def roster(con: Connection) -> list[tuple[str, str]]:
    return fetch(
        con,
        "select employee_id, site from staging.roster where employee_id not like 'P%' order by all",
    ).rows()


def test_old_records_go_and_do_not_come_back(tmp_path: Path) -> None:
    with centre(tmp_path) as (con, workspace):
        take_in(con, workspace)
        assert (workspace.quarantine / "shifts" / "old.csv").exists()
        swept = sweep(con, workspace, dt.date(2026, 10, 31), 5)
        assert swept.cut_off == dt.date(2021, 10, 1)
        assert swept.n_people == 1
        assert {source: n for source, n in swept.n_rows.items() if n} == {
            "roster": 3,
            "attrition": 2,
            "coaching_sessions": 4,
            "shifts": 52,
            "people": 1,
        }
        known = fetch(con, "select employee_id from staging.people order by all")["employee_id"]
        assert known.to_list() == ["BACK-AGAIN-2", "OUTSIDE-4", "STILL-HERE-3"]
        key = load_erased(workspace.erasure_list_file, workspace.erasure_key_file).key
        noted = fetch(con, "select hash from ledger.erased_alias")["hash"]
        assert alias_hash(key, "badge", "BADGE-OF-GONE") in noted, "records of theirs don't wait"
        assert len(noted) == 2
        assert roster(con) == [
            ("BACK-AGAIN-2", "Birch"),
            ("STILL-HERE-3", "Birch"),
            ("STILL-HERE-3", "Cedar"),
        ]
        sessions = fetch(
            con, "select session_id, notes from staging.coaching_sessions order by all"
        )
        assert sessions.rows() == [("S1", None), ("S2", "a young word"), ("S3", None)]
        assert not (workspace.quarantine / "shifts" / "old.csv").exists()
        for row in fetch(con, "from ledger.file where status = 'loaded'").to_dicts():
            counted = row["n_accepted"] + row["n_quarantined"] + row["n_superseded"]
            assert row["n_rows"] == counted
        assert take_in(con, workspace) == 0, "no file is read again"
        assert sweep(con, workspace, dt.date(2026, 10, 31), 5).is_nothing
        again = workspace.landing / "roster" / "again.csv"
        again.write_text(FILES["roster/all.csv"])
        (workspace.landing / "roster" / "all.csv").unlink()
        with again.open("a") as file:
            file.write("P1,2026-01-01,2026-01-01,Birch,T,agent\n")
        assert take_in(con, workspace) == 1
        assert ("GONE-AWAY-1", "Aster") not in roster(con), "not without the exit"
        assert sweep(con, workspace, dt.date(2026, 10, 31), 5).n_rows["roster"] == 1
        assert len(roster(con)) == 3
        (workspace.landing / "people" / "again.csv").write_text(
            "employee_id,system,other_id\nGONE-AWAY-1,mail,BADGE-OF-GONE\n"
        )
        assert take_in(con, workspace) == 1
        assert sweep(con, workspace, dt.date(2026, 10, 31), 5).n_rows["people"] == 1
    rewrite(workspace.warehouse_file, workspace.rewritten_warehouse_file)
    assert find_traces(workspace, ["GONE-AWAY-1", "quodlibetical", "BADGE-OF-GONE"]) == []


def test_who_is_hired_again_under_the_same_number_is_taken_in(tmp_path: Path) -> None:
    with centre(tmp_path) as (con, workspace):
        take_in(con, workspace)
        sweep(con, workspace, dt.date(2026, 10, 31), 5)
        (workspace.landing / "roster" / "new.csv").write_text(
            ROSTER + "GONE-AWAY-1,2026-10-01,2026-10-01,Dahlia,T,agent\n"
        )
        take_in(con, workspace)
        sweep(con, workspace, dt.date(2026, 10, 31), 5)
        assert ("GONE-AWAY-1", "Dahlia") in roster(con)
        assert len(roster(con)) == 4


@pytest.mark.parametrize("years", [17, 100])
def test_nothing_goes_that_is_young_enough(tmp_path: Path, years: int) -> None:
    with centre(tmp_path) as (con, workspace):
        take_in(con, workspace)
        before = sorted(path.name for path in workspace.raw.rglob("*"))
        swept = sweep(con, workspace, dt.date(2026, 10, 31), years)
        assert swept.is_nothing
        assert sorted(path.name for path in workspace.raw.rglob("*")) == before
        assert not workspace.erasure_list_file.exists()


def test_what_came_tonight_takes_nothing_with_it_that_was_computed(tmp_path: Path) -> None:
    """Rows too old of a new file go before anything was made of them; so does no table."""
    with centre(tmp_path) as (con, workspace):
        take_in(con, workspace)
        sweep(con, workspace, dt.date(2026, 10, 31), 5)
        assert not is_due(con, workspace, dt.date(2026, 10, 31), 5)
        assert is_due(con, workspace, dt.date(2027, 10, 31), 5), "those who came in 2022"
        con.execute("create table marts.something as select 1 as value")
        con.execute("drop table if exists disclosure.cut_request")
        late = workspace.landing_source("shifts") / "late.csv"
        text = "employee_id,shift_date,scheduled_hours,absent_hours\n"
        late.write_text(f"{text}P3,2019-02-01,8,0\nP3,2025-02-01,8,0\n")
        take_in(con, workspace)
        assert sweep(con, workspace, dt.date(2026, 10, 31), 5).n_rows["shifts"] == 1
        kept = fetch(con, "select shift_date from staging.shifts where employee_id = 'P3'")
        assert kept["shift_date"].to_list() == [dt.date(2025, 2, 1)]
        assert has_table(con, "marts.something")
        assert not has_table(con, "disclosure.cut_request")
        sweep(con, workspace, dt.date(2030, 10, 31), 5)
        assert not has_table(con, "marts.something")
