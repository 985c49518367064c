"""Delivered rows as files: only what the ledger names counts, and nothing of it may be missing."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from pipelines.core.warehouse import fetch
from pipelines.ingest.load.raw_store import EMPTY, ORPHANS, RawFileMissingError
from tests.unit.ingest.landing import Landing, assert_invariant, landing

HEADER = "employee_id,separation_date,separation_type\n"


def _raw(place: Landing) -> Path:
    return place.folder.parent / "private" / "raw" / place.source.name


def test_one_file_per_delivery_for_its_owner_only(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        place.drop("a.csv", HEADER + "E1,2024-01-01,other\n")
        place.drop("b.csv", HEADER + "E2,2024-01-01,other\n")
        place.refresh()
        files = sorted(path.name for path in _raw(place).iterdir())
        named = ["000001-1.parquet", "000001.json", "000002-1.parquet", "000002.json"]
        assert files == [*named, EMPTY]
        assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in _raw(place).iterdir())
        assert stat.S_IMODE(_raw(place).stat().st_mode) == 0o700


def test_what_no_line_names_is_set_aside_and_never_deleted(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        place.drop("a.csv", HEADER + "E1,2024-01-01,other\n")
        place.refresh()
        kept = (_raw(place) / "000001-1.parquet").read_bytes()
        (_raw(place) / "000002-1.parquet").write_bytes(kept)
        (_raw(place) / ".000003-1.parquet.tmp").write_bytes(b"half")
        place.refresh()
        assert sorted(path.name for path in _raw(place).iterdir()) == [
            "000001-1.parquet",
            "000001.json",
            EMPTY,
        ]
        aside = _raw(place).parent / ORPHANS / "attrition"
        assert {path.name: path.read_bytes() for path in aside.iterdir()} == {
            "000002-1.parquet": kept
        }
        assert fetch(place.con, "select count(*) from raw.attrition").item() == 1
        assert_invariant(place)


def test_a_missing_file_is_told_with_what_to_do(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        place.drop("a.csv", HEADER + "E1,2024-01-01,other\n")
        place.refresh()
        (_raw(place) / "000001-1.parquet").unlink()
        with pytest.raises(
            RawFileMissingError, match=r"000001-1.parquet. Restore the folder.*make restore"
        ):
            place.refresh()


def test_a_moved_workspace_finds_its_files(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        place.drop("a.csv", HEADER + "E1,2024-01-01,other\n")
        place.refresh()
        moved = tmp_path / "moved"
        moved.mkdir()
        for name in ("private", place.folder.name):
            (tmp_path / name).rename(moved / name)
        place.folder = moved / place.folder.name
        assert place.refresh().n_files_known == 1
        assert_invariant(place)
