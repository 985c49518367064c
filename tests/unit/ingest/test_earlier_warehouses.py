"""A warehouse that an earlier version made goes on: its files are known, its rows stand."""

from __future__ import annotations

from pathlib import Path

from pipelines.contracts.sources import load_contracts
from pipelines.core.warehouse import open_warehouse
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
