"""A changed mapping: what was read under the old one is read again, in its place."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pipelines.core.warehouse import fetch
from pipelines.ingest.load import file_ledger
from tests.unit.ingest.landing import Landing, assert_invariant, declared, landing

HEADER = "employee_id,separation_date,separation_type,reason\n"
DAY_FIRST = declared("attrition", date_format="%d/%m/%Y")
MONTH_FIRST = declared("attrition", date_format="%m/%d/%Y")


def _days(place: Landing) -> dict[str, dt.date]:
    return {row["employee_id"]: row["separation_date"] for row in place.staged()}


def test_files_are_read_again_under_a_changed_mapping(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        place.mapping = DAY_FIRST
        place.drop("a.csv", HEADER + "E1,05/10/2024,other,\nE2,06/10/2024,other,\n")
        place.refresh()
        assert _days(place)["E1"] == dt.date(2024, 10, 5)
        assert place.refresh().n_files_known == 1
        place.mapping = MONTH_FIRST
        report = place.refresh()
        assert (report.n_files_loaded, report.n_files_known) == (1, 0)
        assert report.notes == ("attrition/a.csv: read again, because its mapping has changed",)
        assert _days(place) == {"E1": dt.date(2024, 5, 10), "E2": dt.date(2024, 6, 10)}
        assert fetch(place.con, "select count(*) from raw.attrition").item() == 2
        assert len(fetch(place.con, "select * from ledger.file")) == 1
        assert place.refresh().n_files_known == 1
        assert_invariant(place)


def test_corrections_stay_corrections_when_read_again(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        place.mapping = DAY_FIRST
        for name, reason in (("z.csv", "first"), ("a.csv", "corrected")):
            place.drop(name, HEADER + f"E1,05/10/2024,other,{reason}\nE{name},05/10/2024,other,\n")
            place.refresh()
        place.mapping = MONTH_FIRST
        place.refresh()
        assert next(row["reason"] for row in place.staged()) == "corrected"
        assert {name: row["n_superseded"] for name, row in place.files().items()} == {
            "z.csv": 1,
            "a.csv": 0,
        }
        assert_invariant(place)


def test_a_file_the_new_mapping_cannot_read_keeps_its_rows(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        place.drop("old.csv", HEADER + "E1,2024-10-05,other,\n")
        place.drop("dates.csv", HEADER + "E2,2024-10-05,other,1\n")
        place.refresh()
        place.mapping = declared(
            "attrition", delimiter=";", values={"reason": {"x": ""}}, columns={"who": "employee_id"}
        )
        place.drop("new.csv", "who;separation_date;separation_type\nE3;2024-10-05;other\n")
        report = place.refresh()
        assert sorted(_days(place)) == ["E1", "E2", "E3"]
        assert report.gate_refusals == ()
        assert len(report.notes) == 2
        assert "stays as it was" in place.files()["old.csv"]["reason"]
        assert "commas" in report.notes[0]
        assert place.refresh().n_files_known == 3
        assert_invariant(place)


def test_copies_follow_their_original(tmp_path: Path) -> None:
    content = HEADER + "E1,05/10/2024,other,\n"
    with landing(tmp_path, "attrition") as place:
        place.mapping = DAY_FIRST
        place.drop("b.csv", content)
        place.refresh()
        place.drop("a.csv", content)
        place.refresh()
        (place.folder / "b.csv").unlink()
        place.mapping = MONTH_FIRST
        place.refresh()
        assert _days(place) == {"E1": dt.date(2024, 5, 10)}
        assert fetch(place.con, "select count(*) from raw.attrition").item() == 1
        assert place.refresh().n_files_known == 1
        assert_invariant(place)


def test_a_refused_file_heals_by_a_mapping(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        place.drop("a.csv", HEADER + "E1,05/10/2024,other,\n")
        assert place.refresh().delivery_refusals
        place.mapping = DAY_FIRST
        assert place.refresh().n_accepted == 1
        assert_invariant(place)


@pytest.mark.parametrize("step", ["rewrite", "change", "keep_rejected"])
def test_a_crash_while_reading_again_leaves_what_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    with landing(tmp_path, "attrition") as place:
        place.mapping = DAY_FIRST
        place.drop("a.csv", HEADER + "E1,05/10/2024,other,\n")
        place.refresh()
        tables = ("raw.attrition", "ledger.file", "ledger.rejected_cell")
        before = [fetch(place.con, f"select * from {table}").rows() for table in tables]
        place.mapping = MONTH_FIRST

        def crash(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(file_ledger, step, crash)
            with pytest.raises(KeyboardInterrupt):
                place.refresh()
        assert [fetch(place.con, f"select * from {table}").rows() for table in tables] == before
        place.refresh()
        assert _days(place) == {"E1": dt.date(2024, 5, 10)}
        assert_invariant(place)


def test_a_crash_before_it_is_seen_what_stands_heals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with landing(tmp_path, "attrition") as place:
        place.mapping = DAY_FIRST
        place.drop("a.csv", HEADER + "E1,05/10/2024,other,\n")
        place.drop("b.csv", HEADER + "E1,10/05/2024,voluntary,\n")
        place.refresh()
        place.mapping = MONTH_FIRST

        def crash(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(file_ledger, "recount", crash)
            with pytest.raises(KeyboardInterrupt):
                place.refresh()
        place.refresh()
        assert _days(place) == {"E1": dt.date(2024, 10, 5)}
        assert_invariant(place)


def test_another_time_zone_is_seen_in_what_was_staged_before(tmp_path: Path) -> None:
    with landing(tmp_path, "coaching_sessions") as place:
        place.drop(
            "a.csv",
            "session_id,employee_id,coach_id,started_at\nS1,E1,C1,2024-05-10T09:00:00+00:00\n",
        )
        place.refresh()
        assert place.staged()[0]["started_at"] == dt.datetime(2024, 5, 10, 9)
        place.con.execute("set timezone = 'Asia/Tokyo'")
        place.refresh()
        assert place.staged()[0]["started_at"] == dt.datetime(2024, 5, 10, 18)
        assert_invariant(place)
