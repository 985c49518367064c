"""Siblings of faults that exports have had: read and noted, or told for what they are."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from pipelines.config.feeds import FeedSettings, resolve_feeds
from pipelines.config.recipes import MACROS
from pipelines.contracts.sources import load_contracts
from pipelines.core.errors import GateError
from pipelines.core.warehouse import fetch_value, open_sandbox
from pipelines.ingest.read.landing_folder import landing_file
from pipelines.ingest.read.readers import CANONICAL, read_delivery
from pipelines.ingest.validate.error_hints import hint_for
from pipelines.ingest.validate.row_rules import TYPE, RejectedCell
from tests.unit.ingest.feeds import feeds

SHIFTS = load_contracts().source("shifts")
HEADER = "employee_id,shift_date,scheduled_hours,absent_hours\n"
ROW = "E1,2026-03-02,8,0\n"


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (HEADER + ROW + HEADER + ROW + " Employee_ID,x,1,2\n", "1 rows that repeat the header"),
        (HEADER + ROW.replace("\n", ",\n") + ROW, "1 records end in delimiters"),
        (HEADER + ROW.replace("\n", ",,,\r\n") * 3, "3 records end in delimiters"),
        (HEADER + '"E1",2026-03-02,8,"0",,\nE2,2026-03-02,8,0\n', "1 records end in delimiters"),
        ("Employee\u00a0ID,Shift\u2011Date,scheduled_hours\u200b,\ufeffAbsent-Hours\n" + ROW, ""),
    ],
)
def test_what_says_nothing_is_passed_over_and_noted(text: str, note: str) -> None:
    delivery = read_delivery(text.encode(), landing_file(Path("a.csv")), SHIFTS)
    assert len(delivery.delivered_names) == 4
    assert not delivery.broken
    rows = delivery.table.to_pylist()
    assert {row[delivery.delivered_names["absent_hours"]] for row in rows} <= {"0", "2"}
    assert [each for each in delivery.notes if note and each.startswith(note)] or not note


def test_a_value_in_a_column_too_many_stays_a_fault() -> None:
    text = HEADER + ROW.replace("\n", ",x,\n")
    (broken,) = read_delivery(text.encode(), landing_file(Path("a.csv")), SHIFTS).broken
    assert broken.problem == "has 5 values, the header has 4"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", b"\xef\xbb\xbf\n <HTML><table>", "a web page or XML"),
        ("a.txt", b"<?xml version='1.0'?>", "a web page or XML"),
        (
            "a.csv.gz",
            gzip.compress(gzip.compress(HEADER.encode(), mtime=0), mtime=0),
            "compressed twice",
        ),
    ],
)
def test_other_kinds_of_files_are_told_for_what_they_are(
    name: str, content: bytes, told: str
) -> None:
    with pytest.raises(GateError, match=told):
        read_delivery(content, landing_file(Path(name)), SHIFTS)


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("shift_date", "45350", "Excel's number of a day; a recipe can read it by day_of_serial"),
        ("shift_date", "1709596800", "since 1970"),
        ("shift_date", "2026-W10", "a week's number"),
        ("shift_date", "March 5, 2026", 'date_format under [mapping.shifts] in settings.toml: "%B'),
        ("shift_date", "5-Mar-26", '"%d-%b-%y"'),
        ("absent_hours", "7:30", "a duration; a recipe can read it by hours_of"),
        ("absent_hours", "7h 30m", "a duration"),
        ("absent_hours", "PT7H30M", "a duration"),
        ("absent_hours", "(3.5)", "a negative number as accounts write it"),
        ("absent_hours", "\u22123.5", "a dash for the minus"),
        ("absent_hours", "eight", ""),
    ],
)
def test_a_refusal_says_how_such_values_are_read(column: str, value: str, told: str) -> None:
    cell = RejectedCell(2, TYPE, column, value, "a value", personal_data="none")
    hint = hint_for(cell, SHIFTS, CANONICAL)
    assert told in hint if told else not hint


READ = {
    "hours_of('{}')": {
        **dict.fromkeys(("7h 30m", "PT7H30M", "7 hrs 30 min", "7:30", "450 min", "7.5 h"), 7.5),
        "0:05:12.6": 0.086833,
        "h 30": "h 30",
    },
    "number_of('{}', ',')": {
        "1.234,5": 1234.5,
        "1 234": 1234,
        "-7,25": -7.25,
        "7": 7,
        "12\u202f345,0": 12345,
        "1.5": "? 1.5",
        "1,2,3": "? 1,2,3",
        "12.34.567": "? 12.34.567",
        "x": "? x",
        "": None,
    },
    "seconds_of('{}')": {
        "5:12": 312,
        "0:05:12.5": 312.5,
        "1:00:00": 3600,
        "90:00": 5400,
        "312 s": 312,
        "12 min": "? 12 min",
        "": None,
    },
    "number_of('{}', '.')": {"1,234.5": 1234.5, "1’234": 1234, "7,5": "? 7,5"},
    "day_of_epoch('{}')": {
        "1730714700": "2024-11-04",
        "1730714700000": "2024-11-04",
        "1730764800": "2024-11-04",
        "17307147": "? 17307147",
        "soon": "? soon",
        "": None,
    },
}


@pytest.mark.parametrize(
    ("recipe", "column", "value", "told"),
    [
        ("ukg/schedule_detail", "shift_date", "? 13.02.2026", 'form, "%d.%m.%Y", in settings.toml'),
        ("ukg/schedule_detail", "shift_date", "? 13.02.2026", "parameters = {time_format = …}"),
        ("ukg_kronos/datahub_paycode", "shift_date", "? 13.02.2026", "by a recipe of your own"),
        ("ukg_kronos/datahub_paycode", "absent_hours", "? 7,5", 'read = {decimal = ","}'),
        ("ukg_kronos/datahub_paycode", "absent_hours", "? 7:30:00.5", "by hours_of"),
    ],
)
def test_a_refusal_says_what_to_declare_of_a_feed(
    recipe: str, column: str, value: str, told: str
) -> None:
    (feed,) = resolve_feeds({"x": FeedSettings(recipe=recipe)}, Path("none"))
    cell = RejectedCell(2, TYPE, column, value, "a date")
    hint = hint_for(cell, SHIFTS, CANONICAL, feed)
    assert told in hint
    assert "[mapping" not in hint


@pytest.mark.parametrize("call", READ)
def test_macros_read_what_is_meant_and_keep_the_rest(call: str) -> None:
    name = call.partition("(")[0]
    with open_sandbox(memory_limit="256MB", time_zone="America/Chicago") as con:
        text = MACROS.read_text()
        start = text.index(f"create macro {name}")
        con.execute(text[start : text.index(";", start)])
        for said, read in READ[call].items():
            found = fetch_value(con, f"select {call.format(said)}")
            assert (float(found) if isinstance(read, float | int) else found) == read, said


def test_totals_below_the_rows_and_nested_identifiers_are_told(tmp_path: Path) -> None:
    with feeds(tmp_path) as place:
        place.declare("")
        place.drop("shifts/a.csv", HEADER + ROW + "Grand Total,,8,0\nGenerated by X\n")
        place.drop(
            "shifts/b.jsonl",
            '{"employee_id":{"id":1},"shift_date":"2026-03-02",'
            '"scheduled_hours":8,"absent_hours":0}\n',
        )
        one, two = place.refresh("shifts")["shifts"].delivery_refusals
        assert "looks like a total or a footer" in one
        assert "a list or an object of JSON" in two
