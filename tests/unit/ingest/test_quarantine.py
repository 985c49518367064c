"""Rejected rows go back, and heal what they came from when they are mended and sent again."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path

from pipelines.core.warehouse import fetch
from tests.unit.ingest.landing import NOW, Landing, assert_invariant, declared, landing
from tests.unit.ingest.workbooks import workbook

HEADER = "employee_id,shift_date,scheduled_hours,absent_hours,absence_type,mood\n"


def _days(n: int, first: int = 0) -> str:
    return "".join(f"E{i},2024-01-01,8,0,,=1+{i}\n" for i in range(first, first + n))


def _returned(place: Landing, name: str, delimiter: str = ",") -> list[list[str]]:
    text = (place.quarantine / name).read_text(encoding="utf-8")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def _mended(place: Landing, name: str, changes: dict[str, str]) -> str:
    text = (place.quarantine / name).read_text(encoding="utf-8")
    for wrong, right in changes.items():
        assert wrong in text
        text = text.replace(wrong, right)
    return text


def test_rejected_rows_come_back_as_delivered_with_what_was_wrong(tmp_path: Path) -> None:
    bad = 'B1,31.01.2024,8,0,sik,"a ""b"", c"\nB2,2024-01-01,8\n 007,2024-01-01,8,x,,-3\n'
    with landing(tmp_path, "shifts") as place:
        place.drop("a.csv", HEADER + bad + _days(97))
        report = place.refresh()
        assert report.n_quarantined == 3
        assert report.notes[-1].endswith("went back to private/quarantine/shifts/a.csv")
        path = place.quarantine / "a.csv"
        assert path.stat().st_mode & 0o777 == 0o600
        assert place.quarantine.stat().st_mode & 0o777 == 0o700
        assert _returned(place, "a.csv") == [
            [*HEADER.strip().split(","), "rule", "column", "expected"],
            [
                *("B1", "31.01.2024", "8", "0", "sik", 'a "b", c'),
                "type; allowed_values",
                "shift_date; absence_type",
                "a date (YYYY-MM-DD); one of sick, no_show, unplanned_other, planned_leave, "
                "statutory_leave",
            ],
            [
                *("B2", "2024-01-01", "8"),
                *("wrong_field_count", "", "has 3 values, the header has 6"),
            ],
            [
                *(" 007", "2024-01-01", "8", "x", "", "-3"),
                *("type", "absent_hours", "a number (with a dot as decimal mark)"),
            ],
        ]


def test_mended_rows_heal_under_any_name(tmp_path: Path) -> None:
    with landing(tmp_path, "shifts") as place:
        place.drop("a.csv", HEADER + "B1,31.01.2024,8,0,,x\n" + _days(97))
        place.refresh()
        place.drop("anything.csv", _mended(place, "a.csv", {"31.01.2024": "2024-01-31"}))
        report = place.refresh()
        assert (report.n_files_loaded, report.n_accepted) == (1, 1)
        assert "B1" in {row["employee_id"] for row in place.staged()}
        assert place.files()["anything.csv"]["unknown_columns"] == "mood"
        assert not (place.quarantine / "anything.csv").exists()
        assert_invariant(place)


def test_a_refused_delivery_comes_back_whole_and_heals_under_any_name(tmp_path: Path) -> None:
    bad = "".join(f"B{i},31/01/2026,8,0,,x\n" for i in range(9))
    for name in ("mended.csv", "a_mended.csv"):
        folder = tmp_path / name
        folder.mkdir()
        with landing(folder, "shifts") as place:
            place.drop("bad.csv", HEADER + bad + _days(91))
            (reason,) = place.refresh().delivery_refusals
            assert reason.endswith("stand in private/quarantine/shifts/bad.csv")
            assert len(_returned(place, "bad.csv")) == 101
            place.drop(name, _mended(place, "bad.csv", {"31/01/2026": "2026-01-31"}))
            report = place.refresh(NOW + dt.timedelta(days=1))
            assert report.delivery_refusals == ()
            assert len(place.staged()) == 100
            line = place.files()["bad.csv"]
            assert (line["status"], line["n_quarantined"], line["n_superseded"]) == (
                "loaded",
                9,
                91,
            )
            assert name in line["reason"]
            again = place.refresh()
            assert (again.n_files_known, again.delivery_refusals) == (2, ())
            place.mapping = declared("shifts", date_format="%d.%m.%Y")
            place.refresh()
            assert len(place.staged()) == 100
            assert_invariant(place)


def test_a_return_of_other_rows_heals_nothing(tmp_path: Path) -> None:
    bad = "".join(f"B{i},31/01/2026,8,0,,x\n" for i in range(9))
    with landing(tmp_path, "shifts") as place:
        place.drop("bad.csv", HEADER + bad + _days(91))
        place.refresh()
        rows = _mended(place, "bad.csv", {"31/01/2026": "2026-01-31"}).splitlines(keepends=True)
        place.drop("part.csv", "".join(rows[:50]))
        assert place.refresh().delivery_refusals
        place.drop("whole_but_unmended.csv", "".join(_mended(place, "bad.csv", {})))
        assert len(place.refresh().delivery_refusals) == 2
        assert_invariant(place)


def test_a_mended_delivery_of_the_same_name_clears_its_rejected_rows(tmp_path: Path) -> None:
    with landing(tmp_path, "shifts") as place:
        place.drop("a.csv", HEADER + "B1,31.01.2024,8,0,,x\n" + _days(3))
        place.refresh()
        place.drop("a.csv", _mended(place, "a.csv", {"31.01.2024": "2024-01-31"}))
        place.refresh()
        assert not (place.quarantine / "a.csv").exists()
        assert len(place.staged()) == 4


def test_their_names_and_notation_come_back_too(tmp_path: Path) -> None:
    mapping = {
        "columns": {"Wer": "employee_id", "Tag": "shift_date"},
        "date_format": "%d.%m.%Y",
        "decimal": ",",
        "delimiter": ";",
        "encoding": "cp1252",
    }
    rows = "".join(f"Ä{i};01.01.2024;7,5;0\n" for i in range(40))
    with landing(tmp_path, "shifts", **mapping) as place:
        text = f"Wer;Tag;scheduled_hours;absent_hours\nÖ;32.01.2024;7,5;0\n{rows}"
        place.drop("a.csv", text.encode("cp1252"))
        place.refresh()
        assert _returned(place, "a.csv", ";")[1] == [
            *("Ö", "32.01.2024", "7,5", "0"),
            *("type", "Tag", "a date like 31.12.2026 (%d.%m.%Y)"),
        ]
        place.drop("b.csv", _mended(place, "a.csv", {"32.01.2024": "31.01.2024"}))
        place.refresh()
        assert {"employee_id": "Ö", "shift_date": dt.date(2024, 1, 31)}.items() <= (
            place.staged()[-1].items()
        )
        assert_invariant(place)


def test_rows_of_workbooks_and_json_lines_come_back_as_csv(tmp_path: Path) -> None:
    with landing(tmp_path, "shifts") as place:
        header = HEADER.strip().split(",")
        good = [[f"E{i}", dt.date(2024, 1, 1), 8, 0] for i in range(40)]
        place.drop("a.xlsx", workbook({"S": [header, ["B1", "soon", 7.5, 0], *good]}))
        lines = [f'{{"employee_id":"J{i}","shift_date":"2024-01-01",' for i in range(40)]
        text = "".join(f'{line}"scheduled_hours":8,"absent_hours":0}}\n' for line in lines)
        place.drop("b.jsonl", text + "{oops\n")
        place.refresh()
        assert _returned(place, "a.xlsx.csv")[1][:4] == ["B1", "soon", "7.5", "0"]
        assert _returned(place, "b.jsonl.csv")[1] == [
            *("{oops", "not_an_object", "", "is not a JSON object")
        ]
        place.drop("again.csv", _mended(place, "a.xlsx.csv", {"soon": "2024-02-01"}))
        assert place.refresh().n_accepted == 1
        assert len(place.staged()) == 81
        assert fetch(place.con, "select sum(n_quarantined) from ledger.file").item() == 2
        assert_invariant(place)


def test_long_names_and_odd_names_come_back_too(tmp_path: Path) -> None:
    with landing(tmp_path, "shifts") as place:
        for name in ("x" * 240 + ".tsv", "ü" * 120 + ".csv", "a b;'.CSV"):
            delimiter = "\t" if name.endswith(".tsv") else ","
            text = (HEADER + f"{len(name)},soon,8,0,,x\n" + _days(40)).replace(",", delimiter)
            place.drop(name, text)
        place.refresh()
        assert len(list(place.quarantine.iterdir())) == 3
        assert all(path.suffix == ".csv" for path in place.quarantine.iterdir())
