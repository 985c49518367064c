"""Without a calendar comparisons are made anew once they or the grades would say otherwise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.contracts.sources import load_contracts
from pipelines.core.sql_text import identifier, table_name
from pipelines.core.warehouse import Connection, open_warehouse
from pipelines.disclosure.cut_basis import cut_basis
from tests.unit.raw_tables import create_raw_tables
from tests.unit.test_kept import DELIVER

TODAY = dt.date(2026, 11, 2)


@pytest.fixture
def con() -> Iterator[Connection]:
    """A warehouse whose sources all reach to the day."""
    with open_warehouse(Path(":memory:")) as connection:
        create_raw_tables(connection)
        for source in load_contracts().sources:
            day = identifier(source.date_column)
            connection.execute(
                f"create or replace table {table_name(f'staging.{source.name}')} as "
                f"select date '{TODAY}' as {day}"
            )
        connection.execute(DELIVER, [1, "shifts", "loaded"])
        yield connection


def test_a_refused_file_is_among_what_grades_tell(con: Connection) -> None:
    before = cut_basis(con, TODAY)
    con.execute(DELIVER, [2, "training", "refused"])
    refused = cut_basis(con, TODAY)
    assert refused != before
    con.execute("update ledger.file set file_id = 9 where status = 'refused'")
    assert cut_basis(con, TODAY) == refused, "looked at again, it is the same file"
    con.execute("update ledger.file set is_in_landing = false where status = 'refused'")
    assert cut_basis(con, TODAY) == before, "taken out, it is told no longer"


def test_the_day_counts_by_what_it_changes(con: Connection) -> None:
    assert cut_basis(con, TODAY) == cut_basis(con, TODAY + dt.timedelta(days=1))
    assert cut_basis(con, TODAY) != cut_basis(con, TODAY - dt.timedelta(days=1)), "still to come"
    assert cut_basis(con, TODAY) != cut_basis(con, TODAY + dt.timedelta(days=400)), "late"
