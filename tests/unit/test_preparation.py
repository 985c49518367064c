"""The end of data, and the pseudonyms of everybody who is named anywhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.analysis.study_setting import describe_missing_arms, write_study_setting
from pipelines.config.settings import parse_settings
from pipelines.contracts.sources import load_contracts
from pipelines.core.errors import DataRefusedError
from pipelines.core.warehouse import Connection, fetch, has_table, open_warehouse
from pipelines.ingest.load.file_ledger import create_tables
from pipelines.personal_data import pseudonym_table
from pipelines.personal_data.pseudonym_table import RENAMED, has_new_key, write_pseudonyms
from pipelines.personal_data.pseudonyms import new_key

TODAY = dt.date(2026, 3, 1)


@pytest.fixture
def con(tmp_path: Path) -> Iterator[Connection]:
    """A warehouse whose staged tables are all there and all empty, but for typed columns."""
    types = {"date": "date", "timestamp": "timestamp", "number": "double", "integer": "bigint"}
    with open_warehouse(tmp_path / "warehouse.duckdb") as con:
        for source in load_contracts().sources:
            columns = ", ".join(
                f"{column.name} {types.get(column.type, 'varchar')}" for column in source.columns
            )
            con.execute(f"create table staging.{source.name} ({columns})")
        create_tables(con)
        yield con


def add_shift(con: Connection, day: str) -> None:
    con.execute(f"insert into staging.shifts (employee_id, shift_date) values ('E1', '{day}')")


def data_until(con: Connection, settings: str = "") -> dt.date:
    import tomllib

    setting = write_study_setting(con, parse_settings(tomllib.loads(settings)), TODAY)
    value = setting["data_until"].item()
    assert isinstance(value, dt.date)
    return value


def test_data_end_at_the_latest_date_of_any_source(con: Connection) -> None:
    add_shift(con, "2026-02-10")
    con.execute("insert into staging.coaching_sessions (started_at) values ('2026-02-12 23:30')")
    assert data_until(con) == dt.date(2026, 2, 12)


def test_what_is_planned_after_today_has_not_happened(con: Connection) -> None:
    """One announced transfer would follow everybody into days that no source delivered."""
    add_shift(con, "2026-02-10")
    add_shift(con, "2026-04-30")
    con.execute("insert into staging.roster (effective_date) values ('2027-01-01')")
    assert data_until(con) == dt.date(2026, 2, 10)
    add_shift(con, str(TODAY))
    assert data_until(con) == TODAY


def test_a_setting_comes_first(con: Connection) -> None:
    add_shift(con, "2026-02-10")
    assert data_until(con, "data_until = 2025-12-31") == dt.date(2025, 12, 31)


def test_without_any_date_there_is_nothing_to_compare(con: Connection) -> None:
    with pytest.raises(DataRefusedError):
        data_until(con)


def test_arms_that_no_session_is_of_are_named(con: Connection) -> None:
    add_shift(con, "2026-02-10")
    con.execute("insert into staging.coaching_sessions (style) values ('compassionate'), ('x')")
    data_until(con)
    (told,) = describe_missing_arms(con)
    assert "'compliance'" in told
    data_until(con, 'comparison = {arm_a = "x", arm_b = "compassionate"}')
    assert describe_missing_arms(con) == []


def test_everybody_who_is_named_anywhere_gets_a_key(con: Connection, tmp_path: Path) -> None:
    con.execute(
        "insert into staging.coaching_sessions (employee_id, coach_id, rater_id) "
        "values ('agent', 'coach', 'rater')"
    )
    con.execute("insert into staging.roster (employee_id, supervisor_id) values ('agent', 'boss')")
    assert write_pseudonyms(con, tmp_path / "key") == 4
    people = fetch(con, "select employee_id from staging.pseudonym order by employee_id")
    assert people["employee_id"].to_list() == ["agent", "boss", "coach", "rater"]


def test_a_new_key_renames_what_stands_and_says_that_the_old_names_lie_in_the_file(
    con: Connection, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    con.execute("insert into staging.roster (employee_id) values ('agent'), ('boss')")
    write_pseudonyms(con, key)
    con.execute(
        "create table outcomes.kept as select person_key as agent_key from staging.pseudonym"
    )
    before = set(fetch(con, "select agent_key from outcomes.kept")["agent_key"])
    assert not has_new_key(con, key)
    assert not has_table(con, RENAMED)
    new_key(key)
    assert has_new_key(con, key)
    write_pseudonyms(con, key)
    assert not has_new_key(con, key)
    assert has_table(con, RENAMED)
    now = set(fetch(con, "select agent_key from outcomes.kept")["agent_key"])
    assert now == set(fetch(con, "select person_key from staging.pseudonym")["person_key"])
    assert len(now) == 2 and not now & before


def test_where_nobody_is_new_pseudonyms_are_not_made_again(
    con: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "key"
    new_key(key)
    came = (
        "insert into ledger.file (file_id, source, file, status, first_seen_at, is_in_landing) "
        "values (?, 'shifts', 'days.csv', 'loaded', now(), true)"
    )
    add_shift(con, "2026-02-01")
    assert write_pseudonyms(con, key) == 1
    made = fetch(con, "from staging.pseudonym")
    with monkeypatch.context() as patched:
        patched.setattr(pseudonym_table, "pseudonym_table", None)
        add_shift(con, "2026-02-02")
        con.execute(came, [1])
        assert write_pseudonyms(con, key) == 1
    assert fetch(con, "from staging.pseudonym").equals(made)
    con.execute("insert into staging.shifts (employee_id, shift_date) values ('E2', '2026-02-02')")
    con.execute(came, [2])
    assert write_pseudonyms(con, key) == 2
    con.execute("delete from staging.shifts where employee_id = 'E1'")
    con.execute(came, [3])
    assert write_pseudonyms(con, key) == 1
