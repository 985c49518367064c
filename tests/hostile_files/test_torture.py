"""Files that readers lose rows from: each is taken in full, or refused with its reason."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import polars as pl
import pytest

from tests.unit.ingest.landing import assert_invariant, landing

HEADER = "employee_id,separation_date,separation_type,reason\n"
N = 60


def _row(i: int, reason: str | None = None) -> str:
    return f"E{i:03d},2024-01-{1 + i % 28:02d},voluntary,{reason or f'r{i}'}\n"


def _file(changed: dict[int, str] | None = None) -> str:
    return HEADER + "".join((changed or {}).get(i, _row(i)) for i in range(N))


GOOD = _file()
ZIPPED = gzip.compress(GOOD.encode())

TAKEN: dict[str, bytes | str] = {
    "plain.csv": GOOD,
    "upper.CSV": GOOD,
    "zipped.csv.gz": ZIPPED,
    "two_members.csv.gz": gzip.compress(GOOD[:100].encode()) + gzip.compress(GOOD[100:].encode()),
    "tabs.tsv": GOOD.replace(",", "\t"),
    "tabs.tsv.gz": gzip.compress(GOOD.replace(",", "\t").encode()),
    "bom.csv": b"\xef\xbb\xbf" + GOOD.encode(),
    "crlf.csv": GOOD.replace("\n", "\r\n"),
    "returns_only.csv": GOOD.replace("\n", "\r"),
    "mixed_ends.csv": GOOD.replace("r5\n", "r5\r\n").replace("r7\n", "r7\r"),
    "no_last_end.csv": GOOD.rstrip("\n"),
    "blank_lines.csv": "\n" + GOOD.replace("r5\n", "r5\n\n\r\n") + "\n\n",
    "all_quoted.csv": "\n".join(
        ",".join(f'"{cell}"' for cell in line.split(",")) for line in GOOD.splitlines()
    ),
    "quoted_newline.csv": _file({5: _row(5, '"two\nlines"')}),
    "quoted_crlf.csv": _file({5: _row(5, '"two\r\nlines"')}).replace("r9\n", "r9\r\n"),
    "doubled_quotes.csv": _file({5: _row(5, '"said ""no"", left"')}),
    "umlauts.csv": _file({5: _row(5, "Größe – ✓")}),
    "quoted_header.csv": GOOD.replace("reason", '"reason"', 1),
    "spaces_in_header.csv": GOOD.replace("reason", " reason ", 1),
    "swapped_columns.csv": "reason,separation_type,employee_id,separation_date\n"
    + "".join(f"r{i},voluntary,E{i:03d},2024-01-{1 + i % 28:02d}\n" for i in range(N)),
    "unknown_columns.csv": "\n".join(
        f"{line},{'mood' if i == 0 else 'fine'}," for i, line in enumerate(GOOD.splitlines())
    ),
    "blanks_around.csv": GOOD.replace("E001,2024-01-02", " E001\t,\u00a02024-01-02 "),
}

REFUSED: dict[str, tuple[bytes | str, str]] = {
    "empty.csv": (b"", "0 bytes"),
    "empty.parquet": (b"", "0 bytes"),
    "blank.csv": ("\n\n", "no text"),
    "cut_short.csv.gz": (ZIPPED[:-20], "cut off"),
    "cut_trailer.csv.gz": (ZIPPED[:-4], "cut off"),
    "cut_second_member.csv.gz": (ZIPPED + ZIPPED[: len(ZIPPED) // 2], "cut off"),
    "wrong_checksum.csv.gz": (ZIPPED[:-8] + b"\0\0\0\1" + ZIPPED[-4:], "damaged"),
    "wrong_length.csv.gz": (ZIPPED[:-4] + b"\1\0\0\0", "damaged"),
    "not_zipped.csv.gz": (GOOD, "damaged"),
    "zipped_by_stealth.csv": (ZIPPED, ".gz"),
    "excel.csv": (b"PK\x03\x04rest", "Excel"),
    "excel.xlsx": (b"PK\x03\x04rest", "Excel"),
    "notes.docx": ("hello", "accepted are"),
    "utf16.csv": (GOOD.encode("utf-16"), "UTF-16"),
    "utf16_big.csv": (b"\xfe\xff" + GOOD.encode("utf-16-be"), "UTF-16"),
    "utf16_bare.csv": (GOOD.encode("utf-16-le"), "NUL"),
    "latin.csv": (_file({5: _row(5, "München")}).encode("latin-1"), "line 7"),
    "nul.csv": (GOOD.replace("r5", "r\0"), "NUL"),
    "twice.csv": (GOOD.replace("reason", "separation_type", 1), "more than once"),
    "lacking.csv": ("employee_id,separation_date\nE1,2024-01-01\n", "lacks separation_type"),
    "misspelt.csv": (GOOD.replace("separation_date", "separatondate", 1), "separatondate meant"),
    "no_header.csv": ("".join(_row(i) for i in range(N)), "lacks employee_id"),
    "semicolons.csv": (GOOD.replace(",", ";"), "semicolons"),
    "never_closed.csv": (_file({5: _row(5, '"r5')}), "line 7"),
    "stray.csv": (_file({5: _row(5, '5" wide'), 40: _row(40, '6" wide')}), "line 7"),
    "closed_late.csv": (_file({5: _row(5, '"r5'), 40: _row(40, 'r40"')}), "line 7"),
    "opened_twice.csv": (_file({5: _row(5, '"r5'), 40: '"' + _row(40)}), "line 7"),
    "swallowed_in_row.csv": (_file({5: '"' + _row(5), 40: _row(40, 'r40"')}), "line 7"),
    "long_line.csv": (GOOD + _row(99, "x" * 2_000_000), "2,000,0"),
    "junk.parquet": (b"PAR1junk", "Parquet"),
}


@pytest.mark.parametrize("name", TAKEN)
def test_taken_in_full(tmp_path: Path, name: str) -> None:
    with landing(tmp_path, "attrition") as place:
        place.drop(name, TAKEN[name])
        report = place.refresh()
        assert (report.gate_refusals, report.delivery_refusals) == ((), ())
        assert (report.n_rows, report.n_accepted) == (N, N)
        staged = place.staged()
        assert [row["employee_id"] for row in staged] == [f"E{i:03d}" for i in range(N)]
        assert [row["separation_date"].day for row in staged] == [1 + i % 28 for i in range(N)]
        assert all(row["separation_type"] == "voluntary" for row in staged)
        assert all(row["reason"] == f"r{i}" for i, row in enumerate(staged) if i != 5)
        assert_invariant(place)


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_its_reason_while_others_go_on(tmp_path: Path, name: str) -> None:
    content, reason = REFUSED[name]
    with landing(tmp_path, "attrition") as place:
        place.drop(name, content)
        place.drop("good.csv", GOOD)
        report = place.refresh()
        assert report.n_files_loaded == 1
        assert len(place.staged()) == N
        assert len(report.gate_refusals) == 1
        assert report.gate_refusals[0].startswith(f"attrition/{name}: ")
        assert reason in report.gate_refusals[0]
        assert place.files()[name]["status"] == "refused"
        assert place.files()[name]["n_rows"] is None
        assert (place.folder / name).exists()


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("plain.csv", 8),
        ("crlf.csv", 8),
        ("returns_only.csv", 8),
        ("mixed_ends.csv", 8),
        ("blank_lines.csv", 11),
        ("quoted_newline.csv", 9),
        ("quoted_crlf.csv", 9),
    ],
)
def test_line_numbers_are_physical_lines(tmp_path: Path, name: str, line: int) -> None:
    with landing(tmp_path, "attrition") as place:
        place.drop(name, TAKEN[name])
        place.refresh()
        assert place.staged()[6]["line_number"] == line


@pytest.mark.parametrize(
    ("row", "n_fields"), [("E999,2024-01-01\n", 2), ("E999,2024-01-01,voluntary,x,y\n", 5)]
)
def test_wrong_number_of_fields_is_quarantined(tmp_path: Path, row: str, n_fields: int) -> None:
    with landing(tmp_path, "attrition") as place:
        place.drop("one_off.csv", _file({30: row}))
        report = place.refresh()
        assert (report.n_rows, report.n_accepted, report.n_quarantined) == (N, N - 1, 1)
        assert report.problems == (
            f"attrition/one_off.csv line 32: has {n_fields} values, the header has 4",
        )
        assert place.rejected() == [(32, "wrong_field_count", None, row.rstrip("\n"))]
        assert "E999" not in {row["employee_id"] for row in place.staged()}
        assert_invariant(place)


def test_identifiers_stay_text(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        place.drop("ids.csv", HEADER + "00123,2024-01-01,voluntary,NA\nNA,2024-01-01,other,\n")
        place.refresh()
        found = [(row["employee_id"], row["reason"]) for row in place.staged()]
        assert found == [("00123", "NA"), ("NA", None)]


def test_parquet_is_read_as_its_csv_would_be(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "employee_id": ["00123", "NA", "E3"],
            "week_start": ["2024-01-01", "2024-01-08", "2024-01-15"],
            "contacts_handled": [5, None, 7],
            "csat_mean": [4.5, float("nan"), None],
            "quality_score": [80.0, 81.25, 0.1],
            "shop": ["a", "b", None],
        }
    ).with_columns(
        pl.col("week_start").str.to_datetime("%Y-%m-%d"), pl.col("employee_id").cast(pl.Categorical)
    )
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    with landing(tmp_path, "performance") as place:
        place.drop("weeks.parquet", buffer.getvalue())
        report = place.refresh()
        assert report.n_accepted == 3, report
        staged = sorted(place.staged(), key=lambda row: int(row["line_number"]))
        assert [row["employee_id"] for row in staged] == ["00123", "NA", "E3"]
        assert [row["week_start"].isoformat() for row in staged] == [
            "2024-01-01",
            "2024-01-08",
            "2024-01-15",
        ]
        assert [row["contacts_handled"] for row in staged] == [5, None, 7]
        assert [row["csat_mean"] for row in staged] == [4.5, None, None]
        assert [row["quality_score"] for row in staged] == [80.0, 81.25, 0.1]
        assert place.files()["weeks.parquet"]["unknown_columns"] == "shop"
        half = buffer.getvalue()[: len(buffer.getvalue()) // 2]
        place.drop("half.parquet", half)
        assert "Parquet" in place.refresh().gate_refusals[0]


def test_nested_and_unfinished_files_are_passed_over(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        (place.folder / "old").mkdir()
        (place.folder / "old" / "a.csv").write_text(GOOD)
        for name in (".hidden.csv", "a.csv.part", "a.csv.tmp", "~$a.csv"):
            place.drop(name, GOOD)
        report = place.refresh()
        assert report.n_files_loaded == 0
        assert report.gate_refusals == (
            "attrition/old: is a folder; only files directly in the landing folder are read",
        )
        assert place.files() == {}


def test_published_reason_quotes_nothing_from_the_file(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        place.drop("no_header.csv", "E111,2024-01-01,voluntary\nE222,2024-01-01,voluntary\n")
        place.drop("bad.csv", HEADER + "E333,Jane Doe,voluntary,\n")
        report = place.refresh()
        assert "it has 3 that don't all look like names of columns" in report.gate_refusals[0]
        assert "column separation_date: the value (a a) is not" in report.delivery_refusals[0]
        for row in place.files().values():
            assert row["status"] == "refused"
            assert not any(text in row["reason"] for text in ("E111", "E333", "Jane"))
