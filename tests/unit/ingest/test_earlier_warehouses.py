"""A warehouse that an earlier version made goes on: its files are known, its rows stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelines.contracts.sources import load_contracts
from pipelines.core.queries import ledger_statement
from pipelines.core.warehouse import Connection, open_warehouse, tables_with_columns
from pipelines.ingest.load.file_ledger import create_tables
from tests.unit.ingest.landing import Landing, assert_invariant, landing

HEADER = "employee_id,separation_date,separation_type\n"


def _as_before(place: Landing) -> None:
    """Take away what later versions added."""
    for view in ("quality.ingested_file", "quality.quarantine_summary"):
        place.con.execute(f"drop view {view}")
    place.con.execute(
        "create table ledger.old as select * exclude (mapping, is_return, raw_file, stamp) "
        "from ledger.file"
    )
    place.con.execute("drop table ledger.file")
    place.con.execute("alter table ledger.old rename to file")
    place.con.execute("alter table ledger.file add primary key (file_id)")
    place.con.execute(
        "create view quality.ingested_file as select source, file from ledger.file order by file_id"
    )
    name = place.source.name
    place.con.execute(
        f"create table raw.old as select * exclude (delivered, is_tombstone) from raw.{name}"
    )
    place.con.execute(f"drop view raw.{name}")
    place.con.execute(f"alter table raw.old rename to {name}")
    for table in ("raw_view", "staged", f"deleted_{name}"):
        place.con.execute(f"drop table ledger.{table}")


def test_an_earlier_warehouse_is_brought_up_to_date(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        place.drop("a.csv", HEADER + "E1,2024-01-01,other\nE2,2024-01-01,other\n")
        place.refresh()
        before = place.staged()
        _as_before(place)
        assert place.refresh().n_files_known == 1
        assert place.staged() == before
        place.drop("b.tombstone.csv", "employee_id,separation_date\nE1,2024-01-01\n")
        place.refresh()
        assert [row["employee_id"] for row in place.staged()] == ["E2"]
        assert_invariant(place)


def test_tables_made_on_disk_open_again(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    for _ in range(2):
        with open_warehouse(path) as con:
            place = Landing(con, tmp_path / "attrition", load_contracts().source("attrition"))
            place.folder.mkdir(exist_ok=True)
            place.drop("a.csv", HEADER + "E1,2024-01-01,other\n")
            place.refresh()
    assert path.exists()


LAYOUT_1 = Path(__file__).resolve().parents[2] / "faults" / "layouts" / "1.sql"


def _of_the_first_release(con: Connection) -> None:
    create_tables(con)
    con.execute("drop view quality.ingested_file; drop view quality.quarantine_summary")
    con.execute("drop table ledger.file")
    (made,) = re.findall(
        r"^create table ledger[.]file\(.*?^\);", LAYOUT_1.read_text("utf-8"), re.M | re.S
    )
    con.execute(made)


def _without_what_was_added_later(con: Connection) -> None:
    create_tables(con)
    con.execute("drop view quality.ingested_file; drop view quality.quarantine_summary")
    added = re.findall(r"add column if not exists (\w+)", ledger_statement("added_later"))
    assert len(added) > 9
    for name in added:
        con.execute(f"alter table ledger.file drop column {name}")


@pytest.mark.parametrize("earlier", [_of_the_first_release, _without_what_was_added_later])
def test_a_ledger_brought_up_to_date_has_the_columns_of_a_new_one(earlier: object) -> None:
    with open_warehouse(Path(":memory:")) as con:
        create_tables(con)
        new = tables_with_columns(con)
    with open_warehouse(Path(":memory:")) as con:
        assert callable(earlier)
        earlier(con)
        assert tables_with_columns(con)["ledger.file"] != new["ledger.file"]
        create_tables(con)
        assert tables_with_columns(con) == new
