"""A table stands only where its text and all that it reads are as they were."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipelines.core.kept import basis_of, forget_all, may_stand, noted_as_made
from pipelines.core.warehouse import Connection, open_warehouse
from tests.unit.raw_tables import create_raw_tables

TABLE = "marts.one"
DELIVER = (
    "insert into ledger.file (file_id, source, file, sha256, status, raw_file, first_seen_at, "
    "is_in_landing) values (?, ?, 'a.csv', 'abc', ?, 'a.parquet', now(), true)"
)
Change = Callable[[Connection], object]


@pytest.fixture
def con() -> Iterator[Connection]:
    """A warehouse with a delivery of shifts, a setting, and a table made of both."""
    with open_warehouse(Path(":memory:")) as connection:
        create_raw_tables(connection)
        connection.execute(DELIVER, [1, "shifts", "loaded"])
        connection.execute("create table staging.setting as select 1 as day, 'x' as arm")
        with noted_as_made(connection, TABLE, basis(connection)):
            connection.execute(f"create table {TABLE} as select 1 as value")
        yield connection


def basis(con: Connection, text: str = "select 1") -> str:
    return basis_of(con, text, ["staging.shifts", "staging.setting"], ["shifts", "training"])


def test_a_table_stands_while_nothing_it_reads_changed(con: Connection) -> None:
    assert may_stand(con, TABLE, basis(con))
    con.execute(DELIVER, [2, "training", "loaded"])
    con.execute(DELIVER, [3, "shifts", "refused"])
    assert may_stand(con, TABLE, basis(con)), "what it doesn't read, and what doesn't count"
    assert not may_stand(con, TABLE, basis(con, "select 2"))


@pytest.mark.parametrize(
    "change",
    [
        lambda con: con.execute(DELIVER, [2, "shifts", "loaded"]),
        lambda con: con.execute("update ledger.file set status = 'withdrawn'"),
        lambda con: con.execute("update ledger.file set raw_file = 'without_somebody.parquet'"),
        lambda con: con.execute("update ledger.file set mapping = 'other'"),
        lambda con: con.execute("update ledger.file set file_id = 7"),
        lambda con: con.execute("insert into ledger.staged values ('shifts', 'another model')"),
        lambda con: con.execute("update staging.setting set day = 2"),
        lambda con: con.execute("set timezone = 'Asia/Tokyo'"),
        lambda con: con.execute(f"drop table {TABLE}"),
        forget_all,
    ],
)
def test_it_is_made_anew_where_something_did(con: Connection, change: Change) -> None:
    change(con)
    assert not may_stand(con, TABLE, basis(con))


def test_a_table_whose_making_broke_off_is_made_anew(con: Connection) -> None:
    before = basis(con)
    con.execute("update staging.setting set day = 2")
    with pytest.raises(KeyError), noted_as_made(con, TABLE, basis(con)):
        con.execute(f"create or replace table {TABLE} as select 2 as value")
        raise KeyError
    con.execute("update staging.setting set day = 1")
    assert basis(con) == before
    assert not may_stand(con, TABLE, before)
