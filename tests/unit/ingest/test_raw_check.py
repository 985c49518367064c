"""Raw that somebody changed is named by whoever needs all of it, and comes back from a backup."""

from __future__ import annotations

import datetime as dt
import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from assets.commands import backup
from assets.health.folder import look_at_folder
from pipelines.contracts.sources import load_contracts
from pipelines.core.errors import PlaceError
from pipelines.core.warehouse import fetch, open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.erasure.backup import BackupError, restore_backup, write_backup
from pipelines.erasure.erase import Erasure
from pipelines.erasure.recovery import enter_what_is_in_raw, rebuild_warehouse
from pipelines.ingest.load import raw_store
from pipelines.ingest.load.ingest_source import ingest_source
from pipelines.ingest.load.raw_check import (
    RawDamagedError,
    check_whole,
    damage_in,
    naming_damage,
)
from pipelines.ingest.load.raw_store import ORPHANS
from pipelines.personal_data.erasure_registry import read_under_way

NOW = dt.datetime(2026, 11, 1, 2, 30, tzinfo=dt.UTC)
SOURCE = load_contracts().source("attrition")
HEADER = "employee_id,separation_date,separation_type\n"
ROWS = "select employee_id, separation_date, file_id from raw.attrition order by all"


def take_in(workspace: Workspace) -> None:
    with open_warehouse(workspace.warehouse_file) as con:
        folder = workspace.landing_source("attrition")
        ingest_source(con, SOURCE, folder, raw=workspace.raw, now=NOW)


def rows(workspace: Workspace) -> list[tuple[object, ...]]:
    with open_warehouse(workspace.warehouse_file, read_only=True) as con:
        return fetch(con, ROWS).rows()


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Three deliveries, the first with a rejected value."""
    made = Workspace(tmp_path_factory.mktemp("sound"))
    made.prepare()
    folder = made.landing_source("attrition")
    folder.mkdir(exist_ok=True)
    rows = "".join(f"E{n},2024-01-01,voluntary\n" for n in range(200))
    (folder / "a.csv").write_text(f"{HEADER}{rows}BAD,2024-13-01,voluntary\n")
    (folder / "b.csv").write_text(f"{HEADER}X1,2024-02-01,other\n")
    (folder / "c.csv").write_text(f"{HEADER}X2,2024-02-01,other\n")
    take_in(made)
    return made


@pytest.fixture
def workspace(sound: Workspace, tmp_path: Path) -> Workspace:
    """The same to be spoilt."""
    copy = Workspace(Path(shutil.copytree(sound.root, tmp_path / "centre")))
    with open_warehouse(copy.warehouse_file) as con:
        raw_store.show(con, SOURCE, copy.raw / "attrition")
    return copy


def remove(path: Path) -> None:
    path.unlink()


def overwrite(path: Path) -> None:
    path.write_bytes(os.urandom(path.stat().st_size))


def flip(path: Path) -> None:
    """One bit of the rows, far from the file's two ends."""
    content = bytearray(path.read_bytes())
    content[len(content) // 4] ^= 1
    path.write_bytes(content)


DAMAGE = {
    "000001-1.parquet": (flip, "can't be read as it was written"),
    "000001.rejected.parquet": (remove, "is missing"),
    "000002-1.parquet": (remove, "is missing"),
    "000003.json": (remove, "is missing"),
}


def test_no_backup_is_made_of_damaged_raw_and_an_earlier_one_mends_it(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = write_backup(workspace, tmp_path / "kept", NOW)
    before, folder = rows(workspace), workspace.private_raw / "attrition"
    for name, (spoil, _) in DAMAGE.items():
        spoil(folder / name)
    expected = sorted(f"attrition/{name} {said}" for name, (_, said) in DAMAGE.items())
    assert sorted(damage_in(workspace.raw, workspace.warehouse_file)) == expected
    to = tmp_path / "new"
    assert backup.main(["--workspace", str(workspace.root), "--to", str(to)]) == 1
    told = capsys.readouterr().out.splitlines()[-1]
    assert told.startswith("failed 4 file(s) in the raw folder are missing or damaged: attrition/")
    assert "make restore" in told
    assert not to.exists()
    (finding,) = [each for each in look_at_folder(workspace) if each.about == "raw"]
    assert (finding.level, finding.text) == ("wrong", told.removeprefix("failed "))
    restore_backup(workspace, kept)
    rebuild_warehouse(workspace)
    check_whole(workspace.raw, workspace.warehouse_file)
    take_in(workspace)
    assert rows(workspace) == before


@pytest.mark.parametrize("name", ["000001.rejected.parquet", "000003.json", "000001-1.parquet"])
def test_whatever_is_overwritten_is_found(workspace: Workspace, name: str) -> None:
    check_whole(workspace.raw, workspace.warehouse_file)
    overwrite(workspace.private_raw / "attrition" / name)
    (said,) = damage_in(workspace.raw, workspace.warehouse_file)
    assert said == f"attrition/{name} can't be read as it was written"


@pytest.mark.parametrize("spoil", [remove, overwrite])
def test_a_night_that_reads_nothing_of_raw_sees_it_too(
    workspace: Workspace, spoil: Callable[[Path], None]
) -> None:
    spoil(workspace.private_raw / "attrition" / "000002-1.parquet")
    with (
        open_warehouse(workspace.warehouse_file) as con,
        pytest.raises(RawDamagedError, match=r"000002-1\.parquet"),
    ):
        enter_what_is_in_raw(con, workspace)


def test_whoever_reads_damaged_rows_says_so(workspace: Workspace) -> None:
    """Whatever library stumbles over them; an error with another cause stays what it is."""
    with open_warehouse(workspace.warehouse_file) as con:
        with pytest.raises(ValueError, match="mine"), naming_damage(workspace.raw):
            raise ValueError("mine")
        flip(workspace.private_raw / "attrition" / "000001-1.parquet")
        (workspace.private_raw / "attrition" / "000002-1.parquet").write_bytes(b"PAR1PAR1")
        with pytest.raises(RawDamagedError, match="2 file"), naming_damage(workspace.raw):
            fetch(con, ROWS)


def test_an_erasure_touches_nothing_where_it_cant_look_everywhere(workspace: Workspace) -> None:
    overwrite(workspace.private_raw / "attrition" / "000002-1.parquet")
    with pytest.raises(RawDamagedError, match="Nothing was changed"):
        Erasure(workspace, ("E7",), {}).begin("now")
    assert read_under_way(workspace.erasure_under_way_file) is None
    assert not workspace.erasure_list_file.exists()


def test_a_backup_that_breaks_off_leaves_nothing_and_names_the_folder(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pipelines.erasure.backup._add_content", full)
    with pytest.raises(BackupError, match=f"{tmp_path / 'full'} takes no backup"):
        write_backup(workspace, tmp_path / "full", NOW)
    assert list((tmp_path / "full").iterdir()) == []
    (tmp_path / "a-file").touch()
    with pytest.raises(PlaceError, match="must be a folder"):
        write_backup(workspace, tmp_path / "a-file", NOW)


def test_without_a_backup_the_rest_goes_on(workspace: Workspace) -> None:
    """As docs/operations.md says: line and rows set aside, then what lies in landing/ is read."""
    before = [row[:2] for row in rows(workspace)]
    folder, aside = workspace.private_raw / "attrition", workspace.private_raw / ORPHANS
    aside.mkdir()
    overwrite(folder / "000001-1.parquet")
    for name in ("000001.json", "000001-1.parquet", "000001.rejected.parquet"):
        (folder / name).rename(aside / name)
    rebuild_warehouse(workspace)
    take_in(workspace)
    assert sorted(row[:2] for row in rows(workspace)) == sorted(before)
