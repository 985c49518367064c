"""The life of deliveries: corrections, copies, refusals that heal, and crashes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pipelines.contracts.tables import published_tables
from pipelines.core.warehouse import fetch
from pipelines.ingest.load import file_ledger
from tests.unit.ingest.landing import NOW, Landing, assert_invariant, landing

HEADER = "employee_id,shift_date,scheduled_hours,absent_hours,absence_type\n"


def _day(employee: str, day: int, absent: str = "0", kind: str = "") -> str:
    return f"{employee},2024-01-{day:02d},8,{absent},{kind}\n"


def _counts(place: Landing, file: str) -> tuple[int, int, int, int]:
    row = place.files()[file]
    return (row["n_rows"], row["n_accepted"], row["n_quarantined"], row["n_superseded"])


def test_nothing_new_is_nothing_done(tmp_path: Path) -> None:
    with landing(tmp_path, "shifts") as place:
        place.drop("a.csv", HEADER + _day("E1", 1) + _day("E1", 2))
        first = place.refresh()
        before = (place.staged(), place.files())
        second = place.refresh(NOW + dt.timedelta(days=1))
        assert (first.n_files_loaded, first.n_files_known) == (1, 0)
        assert (second.n_files_loaded, second.n_files_known, second.n_rows) == (0, 1, 0)
        assert (place.staged(), place.files()) == before


def test_corrected_rows_replace_exactly_those(tmp_path: Path) -> None:
    with landing(tmp_path, "shifts") as place:
        place.drop("a.csv", HEADER + _day("E1", 1) + _day("E1", 2) + _day("E2", 1))
        place.refresh()
        before = {(row["employee_id"], row["shift_date"]): row for row in place.staged()}
        place.drop("a_corrected.csv", HEADER + _day(" E1 ", 2, "8", "sick"))
        report = place.refresh()
        after = {(row["employee_id"], row["shift_date"]): row for row in place.staged()}
        changed = {key for key in after if after[key] != before[key]}
        assert changed == {("E1", dt.date(2024, 1, 2))}
        assert after["E1", dt.date(2024, 1, 2)]["absence_type"] == "sick"
        assert report.n_replaced == 1
        assert _counts(place, "a.csv") == (3, 2, 0, 1)
        assert _counts(place, "a_corrected.csv") == (1, 1, 0, 0)
        assert_invariant(place)


def test_same_name_with_new_content_is_a_new_delivery(tmp_path: Path) -> None:
    with landing(tmp_path, "shifts") as place:
        place.drop("a.csv", HEADER + _day("E1", 1, "0") + _day("E2", 1))
        place.refresh()
        place.drop("a.csv", HEADER + _day("E1", 1, "4", "sick"))
        place.refresh()
        assert [row["absent_hours"] for row in place.staged()] == [4.0, 0.0]
        lines = fetch(place.con, "select file, n_accepted, is_in_landing from ledger.file")
        assert lines.rows() == [("a.csv", 1, False), ("a.csv", 1, True)]
        assert_invariant(place)


def test_going_back_to_the_first_content_wins_again(tmp_path: Path) -> None:
    first = HEADER + _day("E1", 1, "0")
    with landing(tmp_path, "shifts") as place:
        for night, content in enumerate((first, HEADER + _day("E1", 1, "4", "sick"), first)):
            place.drop("a.csv", content)
            place.refresh(NOW + dt.timedelta(days=night))
        assert [row["absent_hours"] for row in place.staged()] == [0.0]
        table = next(t for t in published_tables() if t.full_name == "quality.ingested_file")
        keys = fetch(place.con, f"select {', '.join(table.key)} from quality.ingested_file")
        assert keys.height == keys.unique().height == 3
        assert_invariant(place)


def test_row_twice_in_a_file_counts_once(tmp_path: Path) -> None:
    with landing(tmp_path, "shifts") as place:
        place.drop("a.csv", HEADER + _day("E1", 1, "2") + _day("E2", 1) + _day("E1", 1, "2"))
        report = place.refresh()
        assert (report.n_accepted, report.n_superseded) == (2, 1)
        assert [row["absent_hours"] for row in place.staged()] == [2.0, 0.0]
        assert_invariant(place)


@pytest.mark.parametrize("together", [True, False])
def test_same_content_twice_is_one_load(tmp_path: Path, together: bool) -> None:
    content = HEADER + _day("E1", 1) + _day("E2", 1)
    with landing(tmp_path, "shifts") as place:
        place.drop("a.csv", content)
        if not together:
            place.refresh()
        place.drop("b.csv", content)
        report = place.refresh()
        assert report.notes == ("shifts/b.csv: same content as a.csv; its rows are loaded already",)
        assert _counts(place, "a.csv") == (2, 2, 0, 0)
        assert _counts(place, "b.csv") == (2, 0, 0, 2)
        assert fetch(place.con, "select count(*) from raw.shifts").item() == 2
        assert_invariant(place)
        assert place.refresh().n_files_known == 2


def test_content_delivered_again_wins_over_what_took_its_place(tmp_path: Path) -> None:
    """The newest delivery wins, and the newest tombstone, though their content was seen before."""
    one, other = (HEADER + _day("E1", 1, hours) + _day("E1", 1, hours) for hours in ("2", "4"))
    tombstone = "employee_id,shift_date\nE1,2024-01-01\n"
    with landing(tmp_path, "shifts") as place:
        place.drop("a.csv", one)
        place.drop("b.csv", one)
        place.drop("c.csv", other)
        place.drop("d.csv", one)
        report = place.refresh()
        copies = [note for note in report.notes if "same content" in note]
        assert copies == ["shifts/b.csv: same content as a.csv; its rows are loaded already"]
        assert [row["absent_hours"] for row in place.staged()] == [2.0]
        assert [_counts(place, f"{name}.csv")[1] for name in "abcd"] == [0, 0, 0, 1]
        place.drop("e.tombstone.csv", tombstone)
        place.drop("f.tombstone.csv", tombstone)
        place.refresh(NOW + dt.timedelta(days=1))
        assert place.staged() == []
        place.drop("g.csv", other)
        place.drop("h.tombstone.csv", tombstone)
        assert place.refresh(NOW + dt.timedelta(days=2)).n_files_loaded == 2
        assert place.staged() == []
        assert_invariant(place)


def test_deliveries_found_together_are_loaded_in_order_of_their_names(tmp_path: Path) -> None:
    with landing(tmp_path, "shifts") as place:
        for number in (10, 2, 9):
            place.drop(f"part-{number}.csv", HEADER + _day("E1", 1, str(number / 2)))
        place.drop("part.csv", HEADER + _day("E1", 1, "0"))
        place.refresh()
        assert [row["absent_hours"] for row in place.staged()] == [5.0]
        order = fetch(place.con, "select file from ledger.file order by file_id")
        assert order.to_series().to_list() == [
            "part.csv",
            "part-2.csv",
            "part-9.csv",
            "part-10.csv",
        ]


def _with_bad(n_bad: int, n_rows: int) -> str:
    bad = [f"E{i},31/02/2026,8,0,\n" for i in range(n_bad)]
    return HEADER + "".join([*bad, *(_day(f"E{i}", 1) for i in range(n_bad, n_rows))])


def test_up_to_five_per_cent_rejected_rows_are_quarantined(tmp_path: Path) -> None:
    with landing(tmp_path, "shifts") as place:
        place.drop("a.csv", _with_bad(5, 100))
        report = place.refresh()
        assert (report.n_accepted, report.n_quarantined) == (95, 5)
        assert report.delivery_refusals == ()
        assert report.problems[0] == (
            "shifts/a.csv line 2, column shift_date: '31/02/2026' is not a date (YYYY-MM-DD)"
        )
        summary = fetch(place.con, "select * from quality.quarantine_summary").rows()
        assert summary == [("shifts", "a.csv", "type", "shift_date", 5)]
        assert_invariant(place)


def test_more_refuse_the_delivery_until_it_is_mended(tmp_path: Path) -> None:
    with landing(tmp_path, "shifts") as place:
        place.drop("good.csv", HEADER + _day("E900", 1))
        place.drop("zbad.csv", _with_bad(6, 100))
        first = place.refresh()
        assert first.n_files_loaded == 1
        assert len(first.delivery_refusals) == 1
        for part in ("shifts/zbad.csv", "6 of 100", "line 2", "shift_date", "'31/02/2026'", "date"):
            assert part in first.delivery_refusals[0]
        assert len(place.staged()) == 1
        assert place.files()["zbad.csv"]["status"] == "refused"
        assert fetch(place.con, "select * from quality.quarantine_summary").is_empty()
        checks = "select passed from quality.check_result where check_name = 'deliveries_accepted'"
        assert fetch(place.con, checks).item() is False

        later = NOW + dt.timedelta(days=1)
        again = place.refresh(later)
        assert again.delivery_refusals == first.delivery_refusals
        assert len(fetch(place.con, "select * from ledger.file")) == 2
        assert place.files()["zbad.csv"]["first_seen_at"] == NOW

        place.drop("zbad.csv", _with_bad(0, 100))
        healed = place.refresh(later)
        assert (healed.delivery_refusals, healed.n_accepted) == ((), 100)
        assert fetch(place.con, checks).item() is True
        assert_invariant(place)


def test_removing_a_refused_delivery_heals_too(tmp_path: Path) -> None:
    with landing(tmp_path, "shifts") as place:
        place.drop("bad.csv", _with_bad(50, 100))
        assert place.refresh().delivery_refusals
        (place.folder / "bad.csv").unlink()
        assert place.refresh().delivery_refusals == ()
        assert place.files()["bad.csv"]["is_in_landing"] is False


@pytest.mark.parametrize("step", ["enter", "keep_rejected", "count_replaced"])
def test_crash_in_the_middle_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    with landing(tmp_path, "shifts") as place:
        place.drop("a.csv", HEADER + _day("E1", 1))
        place.refresh()
        tables = ("raw.shifts", "ledger.file", "ledger.rejected_cell")
        before = [fetch(place.con, f"select * from {table}").rows() for table in tables]
        place.drop("b.csv", _with_bad(2, 100) + _day("E1", 1, "8", "sick"))

        def crash(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(file_ledger, step, crash)
            with pytest.raises(KeyboardInterrupt):
                place.refresh()
        assert [fetch(place.con, f"select * from {table}").rows() for table in tables] == before
        assert place.refresh().n_files_loaded == 1
        assert_invariant(place)


def test_missing_folder_is_no_files(tmp_path: Path) -> None:
    with landing(tmp_path, "shifts") as place:
        place.folder.rmdir()
        assert place.refresh().n_files_loaded == 0
        assert place.staged() == []


def test_unknown_columns_travel_with_the_roster(tmp_path: Path) -> None:
    with landing(tmp_path, "roster") as place:
        place.drop(
            "roster.csv",
            'employee_id,effective_date,hire_date,site,team,role,shoe_size,"it\'s ""odd"""\n'
            'E1,2024-01-01,2024-01-01,S,T,agent,42,"a ""b"""\n',
        )
        report = place.refresh()
        (note,) = report.notes
        assert note.endswith("kept unknown columns shoe_size, a column whose name isn't told")
        assert place.staged()[0]["extra"] == '{"shoe_size":"42","it\'s \\"odd\\"":"a \\"b\\""}'


def test_a_loaded_file_that_can_no_longer_be_read_keeps_its_rows(tmp_path: Path) -> None:
    with landing(tmp_path, "shifts") as place:
        place.drop("a.csv", HEADER + _day("E1", 1))
        place.refresh()
        before = place.staged()
        file = place.folder / "a.csv"
        content = file.read_bytes()
        for _ in range(2):
            file.unlink(missing_ok=True)
            file.symlink_to(tmp_path / "gone.csv")
            assert "can't be read" in place.refresh().gate_refusals[0]
            assert place.staged() == before
            assert_invariant(place)
        file.unlink()
        file.write_bytes(content)
        assert place.refresh().gate_refusals == ()
        assert [row["employee_id"] for row in place.staged()] == ["E1"]
        assert_invariant(place)
