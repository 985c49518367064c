"""Small files of raw packed together: held against a twin of the same deliveries, never packed."""

from __future__ import annotations

import datetime as dt
import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from pipelines.contracts.sources import load_contracts
from pipelines.core.raw_files import files_in
from pipelines.core.warehouse import fetch, open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.erasure.backup import restore_backup, write_backup
from pipelines.erasure.erase import Erasure
from pipelines.erasure.recovery import rebuild_warehouse
from pipelines.ingest.load import packing, raw_store
from pipelines.ingest.load.ingest_source import ingest_source
from pipelines.ingest.load.ledger_lines import ArchiveError
from pipelines.ingest.load.raw_store import ORPHANS
from pipelines.ingest.load.withdrawal import withdraw
from pipelines.personal_data.pseudonyms import new_key
from tests.object_store import StoreServer, store_server

SOURCE = load_contracts().source("attrition")
NOW = dt.datetime(2026, 11, 1, 2, 30, tzinfo=dt.UTC)
HEADER = "employee_id,separation_date,separation_type\n"
ROWS = (
    "select employee_id, separation_date, separation_type, file_id, line_number, is_quarantined, "
    "is_tombstone from raw.attrition order by all"
)
STAGED = "select * from staging.attrition order by all"
FILES = (
    "select file, sha256, status, n_rows, n_accepted, n_quarantined, n_superseded "
    "from ledger.file order by all"
)


@pytest.fixture(scope="module")
def server() -> Iterator[StoreServer]:
    with store_server() as running:
        yield running


@pytest.fixture(autouse=True)
def four_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "MOST_SINGLE", 4)


def drop(workspace: Workspace, name: str, *rows: str) -> None:
    (workspace.landing_source("attrition") / name).write_text(
        HEADER + "".join(f"{row}\n" for row in rows)
    )


def night(workspace: Workspace, *, packs: bool = True) -> bool:
    with open_warehouse(workspace.warehouse_file) as con:
        folder = workspace.landing_source("attrition")
        ingest_source(con, SOURCE, folder, raw=workspace.raw, now=NOW)
    return packs and tidied(workspace)


def tidied(workspace: Workspace) -> bool:
    with open_warehouse(workspace.warehouse_file) as con:
        is_packed = packing.tidy(con, SOURCE, workspace.raw / "attrition")
        raw_store.show(con, SOURCE, workspace.raw / "attrition")
        return is_packed


def begun(root: Path) -> Workspace:
    """Six deliveries: some take each other's place, one row is bad, a tombstone deletes a key."""
    made = Workspace(root)
    made.landing_source("attrition").mkdir(parents=True)
    made.private.mkdir(mode=0o700)
    for number in range(5):
        own, shared = f"E{number}-person,2024-01-01,voluntary", f"S,2024-02-01,{KINDS[number % 2]}"
        others = [f"X{number}{each},2024-03-01,other" for each in range(30)]
        drop(made, f"{number}.csv", own, shared, f"B{number},2024-13-01,other", *others)
    (made.landing_source("attrition") / "5.tombstone.csv").write_text(
        "employee_id,separation_date\nX00,2024-03-01\n"
    )
    new_key(made.pseudonym_key_file)
    return made


KINDS = ("voluntary", "involuntary")


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The deliveries after a night, a file each."""
    made = begun(tmp_path_factory.mktemp("taken"))
    night(made, packs=False)
    return made


def copy_of(workspace: Workspace, root: Path) -> Workspace:
    shutil.copytree(workspace.root, root)
    return Workspace(root)


@pytest.fixture
def twin(taken_in: Workspace, tmp_path: Path) -> Workspace:
    return copy_of(taken_in, tmp_path / "twin")


@pytest.fixture
def packed(taken_in: Workspace, tmp_path: Path) -> Workspace:
    made = copy_of(taken_in, tmp_path / "packed")
    assert tidied(made)
    return made


@pytest.fixture
def packed_in_a_store(tmp_path: Path, server: StoreServer) -> Workspace:
    made = begun(tmp_path / "packed")
    server.keep_raw_of(made, server.bucket())
    assert night(made)
    return made


def state(workspace: Workspace) -> list[pl.DataFrame]:
    with open_warehouse(workspace.warehouse_file, read_only=True) as con:
        return [fetch(con, query) for query in (ROWS, STAGED, FILES)]


def assert_as(twin: Workspace, packed: Workspace) -> None:
    for one, other in zip(state(twin), state(packed), strict=True):
        assert one.equals(other)


def row_files(workspace: Workspace) -> list[str]:
    return [path.name for path in files_in(workspace.raw / "attrition", "*-*.parquet")]


def people_in_raw(workspace: Workspace) -> set[str]:
    """Everybody in any file of raw, whether a line names it or not, read by Polars."""
    frames = [
        pl.read_parquet(io.BytesIO(path.read_bytes()))
        for path in workspace.raw.rglob("*-*.parquet")
    ]
    return {name for frame in frames for name in frame["employee_id"] if name is not None}


def test_packed_rows_are_those_that_were_delivered(packed: Workspace, twin: Workspace) -> None:
    assert row_files(packed) == ["packed-000001-000006-6-1.parquet"]
    assert_as(twin, packed)
    assert not night(packed)
    for each in (packed, twin):
        with open_warehouse(each.warehouse_file) as con:
            withdraw(con, SOURCE, "3.csv", each.raw / "attrition", NOW)
        drop(each, "0.csv", "E0-person,2024-01-01,other")
        night(each)
    assert_as(twin, packed)
    assert row_files(packed) == ["000007-1.parquet", "packed-000001-000006-6-1.parquet"]
    for number in range(3):
        for each in (packed, twin):
            drop(each, f"later{number}.csv", f"L{number},2024-04-01,other")
    assert night(packed)
    night(twin, packs=False)
    assert_as(twin, packed)
    assert row_files(packed) == [
        "packed-000001-000006-6-1.parquet",
        "packed-000007-000010-4-1.parquet",
    ]


@pytest.mark.parametrize(
    "where", ["packed", pytest.param("packed_in_a_store", marks=pytest.mark.slow)]
)
def test_an_erased_person_is_in_no_pack(
    request: pytest.FixtureRequest, where: str, twin: Workspace
) -> None:
    packed: Workspace = request.getfixturevalue(where)
    assert_as(twin, packed)
    assert "E1-person" in people_in_raw(packed)
    for each in (packed, twin):
        erasure = Erasure(each, ("E1-person",), {})
        erasure.remove(erasure.begin("2026-11-01T00:00:00+00:00"))
        night(each, packs=False)
    assert people_in_raw(packed) == people_in_raw(twin)
    assert "E1-person" not in people_in_raw(packed)
    assert_as(twin, packed)
    assert row_files(packed) == ["000002-1.parquet", "packed-000001-000006-5-1.parquet"]
    assert not [*packed.raw.rglob(f"{ORPHANS}/*")]


@pytest.mark.parametrize("moment", ["before the ledger", "after the ledger"])
def test_killed_while_packing_the_next_night_heals(
    tmp_path: Path,
    taken_in: Workspace,
    twin: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
) -> None:
    made = copy_of(taken_in, tmp_path / "killed")

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        if moment == "before the ledger":
            patch.setattr(packing, "transaction", die)
        else:
            patch.setattr(packing.ledger_lines, "bring_up_to_date", die)
        with pytest.raises(KeyboardInterrupt):
            tidied(made)
    assert len(row_files(made)) == 7
    night(made, packs=False)
    assert_as(twin, made)
    assert len(row_files(made)) == (6 if moment == "before the ledger" else 1)
    assert not (made.raw / ORPHANS).exists()


def test_a_lost_ledger_comes_back_from_packs(packed: Workspace, twin: Workspace) -> None:
    packed.warehouse_file.unlink()
    rebuild_warehouse(packed)
    night(packed)
    assert_as(twin, packed)
    packed.warehouse_file.unlink()
    (packed.raw / "attrition" / "000003.json").unlink()
    with pytest.raises(ArchiveError, match="1 deliveries lie in the raw folder without a line"):
        rebuild_warehouse(packed)


def test_packs_come_back_from_a_backup(packed: Workspace, twin: Workspace, tmp_path: Path) -> None:
    backup = write_backup(packed, tmp_path / "backups", NOW)
    for path in files_in(packed.raw / "attrition", "*-*.parquet"):
        path.unlink()
    (packed.raw / "attrition" / "000002.json").unlink()
    restore_backup(packed, backup)
    rebuild_warehouse(packed)
    night(packed)
    assert_as(twin, packed)
