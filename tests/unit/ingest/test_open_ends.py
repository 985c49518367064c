"""Who has no end in an export of exits is no exit: set aside, counted, never refused."""

from __future__ import annotations

from pathlib import Path

from pipelines.core.warehouse import fetch
from tests.unit.ingest.landing import assert_invariant, landing

HEADER = "employee_id,separation_date,separation_type\n"


NO_END = ["9999-12-31", "0000-00-00", "31.12.9999", "12/31/9999", "99991231", "9999-12-31 00:00"]
NO_DATE = ["", "-", "2999-13-01", "soon", "1999-12-31x"]


def test_no_end_is_no_exit(tmp_path: Path) -> None:
    stays = "".join(f"E{i},{NO_END[i % len(NO_END)]},other\n" for i in range(30))
    with landing(tmp_path, "attrition") as place:
        place.drop("a.csv", f"{HEADER}L1,2024-01-01,voluntary\n{stays}L2,2024-02-01,other\n")
        report = place.refresh()
        assert (report.n_files_refused, report.n_accepted, report.n_quarantined) == (0, 2, 0)
        assert [row["employee_id"] for row in place.staged()] == ["L1", "L2"]
        assert [row["line_number"] for row in place.staged()] == [2, 33]
        assert "30 rows without an end" in report.notes[0]
        counts = fetch(place.con, "select n_records, n_skipped, skipped from ledger.file").row(0)
        assert counts == (32, 30, "no exit: 30")
        assert_invariant(place)


def test_other_dates_are_still_judged(tmp_path: Path) -> None:
    judged = "".join(f"L{n},{word},voluntary\n" for n, word in enumerate(NO_DATE))
    rows = "".join(f"E{i},2024-01-01,other\n" for i in range(200))
    with landing(tmp_path, "attrition") as place:
        place.drop("a.csv", f"{HEADER}{judged}{rows}")
        report = place.refresh()
        assert (report.n_accepted, report.n_quarantined) == (200, len(NO_DATE))
        assert {line for line, *_ in place.rejected()} == {*range(2, 2 + len(NO_DATE))}


def test_a_wrong_row_beside_them_goes_back_alone(tmp_path: Path) -> None:
    rows = "".join(f"E{i},2024-01-01,other\n" for i in range(30))
    with landing(tmp_path, "attrition") as place:
        place.drop("a.csv", f"{HEADER}S,9999-12-31,other\nB,soon,other\n{rows}")
        report = place.refresh()
        assert (report.n_accepted, report.n_quarantined) == (30, 1)
        (back,) = (place.quarantine / "a.csv").read_text().splitlines()[1:]
        assert back.startswith("B,soon,other")
        assert_invariant(place)
