"""A ledger that is lost comes back from the lines beside the deliveries, or nothing goes on."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from pipelines.core.warehouse import fetch
from pipelines.ingest.load.ledger_lines import ArchiveError
from pipelines.ingest.load.raw_store import ORPHANS
from pipelines.ingest.load.withdrawal import withdraw
from tests.unit.ingest.landing import NOW, Landing, assert_invariant, landing

HEADER = "employee_id,separation_date,separation_type,reason\n"
FIRST = HEADER + "".join(f"E{n},2024-01-{n:02d},voluntary,\n" for n in range(1, 29))
BAD = FIRST + "E99,2024-13-01,voluntary,\n"
LEDGER = "select * exclude (is_in_landing) from ledger.file order by file_id"
CELLS = (
    "select * from ledger.rejected_cell where file_id in "
    "(select file_id from ledger.file where status = 'loaded') order by all"
)
"""A refused file has no rows in raw: it is looked at again."""

CORRECTED = HEADER + "E1,2024-01-01,involuntary,\nE50,2024-02-01,other,\n"


def _fill(place: Landing) -> None:
    """Deliveries of every kind: a rejected row, a correction, a tombstone, a copy, a refusal."""
    place.drop("a.csv", BAD)
    place.refresh()
    place.drop("b.csv", CORRECTED)
    place.drop("c.tombstone.csv", "employee_id,separation_date\nE2,2024-01-02\n")
    place.refresh(NOW + dt.timedelta(days=1))
    place.drop("copy.csv", CORRECTED)
    place.drop("refused.csv", HEADER + "E1,never,voluntary,\n")
    place.refresh(NOW + dt.timedelta(days=2))


def _raw(place: Landing) -> Path:
    return place.folder.parent / "private" / "raw"


def _everything(place: Landing) -> list[Any]:
    return [fetch(place.con, LEDGER).rows(), fetch(place.con, CELLS).rows(), place.staged()]


def _emptied(place: Landing) -> None:
    """Take every file out of the landing folder, as the docs advise for old ones."""
    for path in place.folder.iterdir():
        path.unlink()


def test_a_lost_ledger_comes_back_with_everything_it_said(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        _fill(place)
        before, files = _everything(place), {p.name for p in (_raw(place) / "attrition").iterdir()}
        assert before[1], "there is a rejected value to be brought back"
        _emptied(place)
    with landing(tmp_path, "attrition") as again:
        assert again.refresh(NOW + dt.timedelta(days=3)).n_files_loaded == 0
        assert _everything(again) == before
        assert {path.name for path in (_raw(again) / "attrition").iterdir()} == files
        assert not (_raw(again) / ORPHANS).exists()
        assert_invariant(again)


def test_the_counts_of_a_withdrawn_delivery_come_back(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        _fill(place)
        withdraw(place.con, place.source, "b.csv", _raw(place) / "attrition", NOW)
        place.refresh(NOW + dt.timedelta(days=3))
        before = place.files()["b.csv"]
    with landing(tmp_path, "attrition") as again:
        again.refresh(NOW + dt.timedelta(days=4))
        assert again.files()["b.csv"] == before
        assert (before["status"], before["n_accepted"], before["n_superseded"]) == (
            "withdrawn", 0, 2,
        )  # fmt: skip


def test_with_the_files_still_there_nothing_is_loaded_twice(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        _fill(place)
        staged = place.staged()
    with landing(tmp_path, "attrition") as again:
        report = again.refresh(NOW + dt.timedelta(days=3))
        assert (report.n_files_loaded, len(report.delivery_refusals)) == (0, 1)
        assert again.staged() == staged
        assert_invariant(again)


def test_an_archive_without_lines_stops_everything_and_loses_nothing(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        _fill(place)
    for path in (tmp_path / "private" / "raw" / "attrition").glob("*.json"):
        path.unlink()
    before = sorted(path.name for path in (tmp_path / "private" / "raw").rglob("*"))
    with landing(tmp_path, "attrition") as again:
        with pytest.raises(ArchiveError, match=r"3 deliveries lie .* attrition/000001-1.parquet"):
            again.refresh()
        assert sorted(path.name for path in _raw(again).rglob("*")) == before


def test_a_spoilt_line_is_named_and_nothing_goes_on(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        _fill(place)
    with landing(tmp_path, "attrition") as again:
        for text in ("{", "[]", '{"file_id": 1}', json.dumps({"file_id": "x"})):
            (tmp_path / "private" / "raw" / "attrition" / "000001.json").write_text(text)
            with pytest.raises(ArchiveError, match=r"attrition/000001.json .*make restore"):
                again.refresh()
            assert fetch(again.con, "select count(*) from ledger.file").item() == 0, text


def test_a_line_whose_rows_are_gone_stops_a_rebuild(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        _fill(place)
    (tmp_path / "private" / "raw" / "attrition" / "000002-1.parquet").unlink()
    with (
        landing(tmp_path, "attrition") as again,
        pytest.raises(ArchiveError, match=r"000002-1.parquet.*nothing was changed"),
    ):
        again.refresh()


def test_an_older_ledger_is_caught_up_with(tmp_path: Path) -> None:
    """A warehouse from a backup of the day before: what came in since isn't lost."""
    with landing(tmp_path, "attrition") as place:
        place.drop("a.csv", BAD)
        place.refresh()
        shutil.copytree(_raw(place), tmp_path / "day-before")
        place.drop("b.csv", CORRECTED)
        place.refresh(NOW + dt.timedelta(days=1))
        after = _everything(place)
        for table in ("ledger.file", "ledger.rejected_cell"):
            place.con.execute(f"delete from {table} where file_id = 2")
        _emptied(place)
        place.refresh(NOW + dt.timedelta(days=2))
        assert _everything(place) == after
        assert_invariant(place)


def test_a_number_in_the_archive_is_never_given_twice(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        _fill(place)
        highest = fetch(place.con, "select max(file_id) from ledger.file").item()
    with landing(tmp_path, "attrition") as again:
        again.drop("late.csv", HEADER + "E77,2024-03-01,other,\n")
        again.refresh(NOW + dt.timedelta(days=4))
        late = fetch(again.con, "select file_id from ledger.file where file = 'late.csv'").item()
        assert late > highest
