"""A declared mapping: their names, words and notation in, canonical rows out, both told apart."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.core.errors import SettingsError
from pipelines.core.warehouse import fetch
from pipelines.ingest.load.ingest_report import IngestReport
from tests.unit.ingest.landing import Landing, assert_invariant, declared, landing

GERMAN: dict[str, Any] = {
    "columns": {
        "PNr": "employee_id",
        "Gültig ab": "effective_date",
        "Eintritt": "hire_date",
        "Standort": "site",
        "Team": "team",
        "Funktion": "role",
        "Vertrag": "employment_type",
        "Stunden": "weekly_hours",
    },
    "values": {
        "employment_type": {"Vollzeit": "full_time", "Teilzeit": "part_time", "k.A.": ""},
        "role": {"Berater": "agent"},
    },
    "date_format": "%d.%m.%Y",
    "encoding": "cp1252",
    "delimiter": ";",
    "decimal": ",",
}
HEADER = "PNr;Gültig ab;Eintritt;Standort;Team;Funktion;Vertrag;Stunden;Geschlecht\n"
ROW = "0012;01.02.2024;05.10.2019;Köln;T–1;Berater;Teilzeit;19,5;w\n"


def _write(place: Landing, name: str, text: str, encoding: str = "cp1252") -> None:
    place.drop(name, text.encode(encoding))


def test_an_export_in_its_own_words_becomes_canonical(tmp_path: Path) -> None:
    with landing(tmp_path, "roster", **GERMAN) as place:
        _write(place, "export.csv", HEADER + ROW)
        report = place.refresh()
        assert report.n_accepted == 1, report
        assert place.staged() == [
            {
                "employee_id": "0012",
                "effective_date": dt.date(2024, 2, 1),
                "hire_date": dt.date(2019, 10, 5),
                "site": "Köln",
                "team": "T–1",
                "role": "agent",
                "supervisor_id": None,
                "employment_type": "part_time",
                "weekly_hours": 19.5,
                "extra": '{"Geschlecht":"w"}',
                "file_id": 1,
                "line_number": 2,
            }
        ]
        delivered = json.loads(fetch(place.con, "select delivered from raw.roster").item())
        assert delivered["hire_date"] == "05.10.2019"
        assert delivered["employment_type"] == "Teilzeit"
        assert_invariant(place)


def test_rejections_speak_the_language_of_the_delivery(tmp_path: Path) -> None:
    bad = [
        ROW.replace("0012", "1").replace("05.10.2019", "31.02.2019"),
        ROW.replace("0012", "2").replace("Teilzeit", "halb"),
        ROW.replace("0012", "3").replace("19,5", "19.5"),
        ROW.replace("0012", "4").replace("01.02.2024", "01.02.1924"),
        ROW.replace("0012", "5").replace("05.10.2019", "05.10.19"),
    ]
    with landing(tmp_path, "roster", **GERMAN) as place:
        good = [ROW.replace("0012", f"G{i}") for i in range(100)]
        _write(place, "export.csv", HEADER + "".join([*bad, *good]))
        report = place.refresh()
        assert report.problems == (
            "roster/export.csv line 2, column Eintritt (hire_date): '31.02.2019' is not "
            "a date like 31.12.2026 (%d.%m.%Y)",
            "roster/export.csv line 3, column Vertrag (employment_type): 'halb' is not "
            "one of Vollzeit, Teilzeit, temporary",
            "roster/export.csv line 4, column Stunden (weekly_hours): '19.5' is not "
            "a number (with a comma as decimal mark)",
            "roster/export.csv line 5, column Gültig ab (effective_date): '01.02.1924' is not "
            "between 01.01.1950 and 31.12.2100",
            "roster/export.csv line 6, column Eintritt (hire_date): '05.10.19' is not "
            "a date like 31.12.2026 (%d.%m.%Y)",
        )
        assert (report.n_accepted, report.n_quarantined) == (100, 5)
        assert_invariant(place)


def _found(
    place: Landing, rows: list[str], header: str, column: str
) -> tuple[dict[str, Any], IngestReport]:
    """What a column became, by the first cell, of these rows and of enough sound ones."""
    key = header.partition(",")[0]
    place.drop("a.csv", "\n".join([header, *rows, ""]))
    report = place.refresh()
    return {row[key]: row[column] for row in place.staged()}, report


@pytest.mark.parametrize(
    ("declared", "read"),
    [
        (
            {"date_format": "%d.%m.%Y"},
            {"5.1.2024": dt.date(2024, 1, 5), "2024-10-05": dt.date(2024, 10, 5)}
            | {"05.10.24": None, "05/10/2024": None, "05.13.2024": None, "29.02.2023": None},
        ),
        ({"date_format": "%m/%d/%Y"}, {"05/10/2024": dt.date(2024, 5, 10)}),
        ({"date_format": "%d/%m/%Y"}, {"05/10/2024": dt.date(2024, 10, 5)}),
        (
            {"date_format": "%d.%m.%y"},
            {"01.02.49": dt.date(2049, 2, 1), "01.02.50": dt.date(1950, 2, 1), "05.10.2024": None},
        ),
        (
            {"date_format": "%d.%m.%y", "two_digit_years_from": 1990},
            {"01.02.89": dt.date(2089, 2, 1)},
        ),
        ({"date_format": "%d-%b-%Y"}, {"05-SEP-2024": dt.date(2024, 9, 5)}),
        ({"date_format": "%d %b %Y"}, {"5 December 2024": dt.date(2024, 12, 5)}),
        ({"date_format": "%Y%m%d"}, {"20241005": dt.date(2024, 10, 5)}),
        ({}, {"05/10/2024": None}),
    ],
)
def test_dates_are_read_in_the_declared_order_or_not_at_all(
    tmp_path: Path, declared: dict[str, Any], read: dict[str, dt.date | None]
) -> None:
    rows = [f"X{n},{text},voluntary" for n, text in enumerate(read)]
    rows += [f"E{i},2024-01-01,other" for i in range(30 * len(read))]
    with landing(tmp_path, "attrition", **declared) as place:
        header = "employee_id,separation_date,separation_type"
        found, report = _found(place, rows, header, "separation_date")
        for n, (text, day) in enumerate(read.items()):
            assert found.get(f"X{n}") == day, text
        assert report.n_quarantined == list(read.values()).count(None)
        assert_invariant(place)


@pytest.mark.parametrize(
    ("form", "read"),
    [
        (
            "%d.%m.%Y %H:%M",
            {
                "5.1.2024 7:05": dt.datetime(2024, 1, 5, 7, 5),
                "2024-01-05T08:00": dt.datetime(2024, 1, 5, 8),
                "5.1.2024 24:05": None,
            },
        ),
        ("%m/%d/%Y %I:%M:%S %p", {"1/5/2024 12:05:09 AM": dt.datetime(2024, 1, 5, 0, 5, 9)}),
        (
            "%m/%d/%Y %I:%M %p",
            {"1/5/2024 12:05 p.m.": dt.datetime(2024, 1, 5, 12, 5), "1/5/2024 13:05 PM": None},
        ),
        ("%d.%m.%y %H:%M:%S", {"05.01.24 23:59:59": dt.datetime(2024, 1, 5, 23, 59, 59)}),
    ],
)
def test_times_are_read_in_the_declared_form(
    tmp_path: Path, form: str, read: dict[str, dt.datetime | None]
) -> None:
    rows = [f"x{n},e,c,{text}" for n, text in enumerate(read)]
    rows += [f"s{i},e,c,2024-01-01" for i in range(30 * len(read))]
    with landing(tmp_path, "coaching_sessions", timestamp_format=form) as place:
        header = "session_id,employee_id,coach_id,started_at"
        found, _ = _found(place, rows, header, "started_at")
        for n, (text, moment) in enumerate(read.items()):
            assert found.get(f"x{n}") == moment, text


@pytest.mark.parametrize(
    ("declared", "read"),
    [
        ({"decimal": ","}, {"7,5": 7.5, "8": 8.0, "7.5": None}),
        (  # 1,500.5 are more hours than a week has
            {"decimal": ",", "thousands": "."},
            {"1.500,5": None, "7.5": None, "0.007,5": 7.5},
        ),
        ({"thousands": "'"}, {"0'007.5": 7.5}),
        ({}, {"7,5": None}),
    ],
)
def test_numbers_are_read_with_the_declared_marks(
    tmp_path: Path, declared: dict[str, Any], read: dict[str, float | None]
) -> None:
    rows = [f'X{n},c,2024-01-01,"{text}"' for n, text in enumerate(read)]
    rows += [f"E{i},c,2024-01-01," for i in range(30 * len(read))]
    with landing(tmp_path, "training", **declared) as place:
        found, report = _found(place, rows, "employee_id,course,completed_on,hours", "hours")
        for n, (text, hours) in enumerate(read.items()):
            assert found.get(f"X{n}") == hours, text
        assert report.n_quarantined == list(read.values()).count(None)


def test_their_words_for_true_and_false(tmp_path: Path) -> None:
    booleans = {"Ja": "true", "Nein": "false"}
    values = {"agreed_follow_up": {"offen": "true"}}
    with landing(tmp_path, "coaching_sessions", booleans=booleans, values=values) as place:
        place.drop(
            "a.csv",
            "session_id,employee_id,coach_id,started_at,offered_help,agreed_follow_up\n"
            "s1,e,c,2024-01-01,Ja,offen\ns2,e,c,2024-01-01,Nein,Nein\ns3,e,c,2024-01-01,true,\n",
        )
        place.refresh()
        found = [(row["offered_help"], row["agreed_follow_up"]) for row in place.staged()]
        assert found == [(True, True), (False, False), (True, None)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("05/10/2024", ('"%d/%m/%Y" or "%m/%d/%Y"', "tells day from month", "attrition")),
        ("25/10/2024", ('date_format under [mapping.attrition] in settings.toml: "%d/%m/%Y".',)),
        ("05.10.24", ('"%d.%m.%y" or "%m.%d.%y"',)),
    ],
)
def test_undeclared_dates_are_refused_with_what_to_declare(
    tmp_path: Path, text: str, parts: tuple[str, ...]
) -> None:
    with landing(tmp_path, "attrition") as place:
        place.drop("a.csv", f"employee_id,separation_date,separation_type\nX,{text},voluntary\n")
        (reason,) = place.refresh().delivery_refusals
        assert all(part in reason for part in parts), reason


def test_a_column_by_two_names_is_refused(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition", columns={"who": "employee_id"}) as place:
        place.drop(
            "a.csv", "who,employee_id,separation_date,separation_type\n1,2,2024-01-01,other\n"
        )
        (reason,) = place.refresh().gate_refusals
        assert "employee_id" in reason
        assert "who" in reason


def test_names_that_differ_in_case_only_are_two_columns(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        place.drop(
            "a.csv",
            "employee_id,separation_date,separation_type,REASON,reason\nX,2024-01-01,other,up,low\n",
        )
        place.refresh()
        assert place.staged()[0]["reason"] == "low"
        assert fetch(place.con, "select extra from raw.attrition").item() == '{"REASON":"up"}'


def test_the_items_of_a_questionnaire_may_have_their_own_headers(tmp_path: Path) -> None:
    columns = {"Frage 1": "item_1", "Frage 2": "item_2", "Nr": "response_id"}
    with landing(tmp_path, "fatigue_surveys", columns=columns) as place:
        place.drop(
            "survey.csv",
            "Nr,employee_id,submitted_on,instrument,Frage 1,Frage 2,Ort\n"
            "Q1,E1,2024-02-01,olbi,3,4,X\n",
        )
        report = place.refresh()
        assert report.n_accepted == 1, report
        assert json.loads(place.staged()[0]["extra"]) == {
            "item_1": "3",
            "item_2": "4",
            "Ort": "X",
        }


def test_an_item_can_only_be_named_where_items_are_kept() -> None:
    with pytest.raises(SettingsError, match="Frage 1"):
        declared("attrition", columns={"Frage 1": "item_1"})
    with pytest.raises(SettingsError, match="item_0"):
        declared("fatigue_surveys", columns={"Frage 0": "item_0"})


WORDS = {"Strongly agree": "1", "Agree": "2", "k.A.": ""}


def test_answers_in_words_become_numbers(tmp_path: Path) -> None:
    columns = {"Q4_1": "item_1", "Q4_2": "item_2"}
    values = {"items": WORDS, "item_2": {"Agree": "4"}}
    with landing(tmp_path, "fatigue_surveys", columns=columns, values=values) as place:
        place.drop(
            "f.csv",
            "response_id,employee_id,submitted_on,instrument,Q4_1,Q4_2,item_3,Comment\n"
            "1,E1,2024-02-01,olbi,Strongly agree,Agree,3,Agree\n"
            "2,E2,2024-02-01,olbi,k.A., Agree ,Perhaps,\n",
        )
        place.refresh()
        found = [json.loads(row["extra"]) for row in place.staged()]
        assert [[each[f"item_{i}"] for i in (1, 2, 3)] for each in found] == [
            ["1", "4", "3"],
            ["", "4", "Perhaps"],
        ]
        assert found[0]["Comment"] == "Agree"
        assert place.files()["f.csv"]["unknown_columns"] == "Comment"
        assert_invariant(place)


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("fatigue_surveys", {"items": {"Agree": "two"}}),
        ("fatigue_surveys", {"items": {" ": "2"}}),
        ("attrition", {"items": {"Agree": "2"}}),
        ("fatigue_surveys", {"item_0": {"Agree": "2"}}),
    ],
)
def test_words_of_answers_stand_for_numbers(source: str, values: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="values"):
        declared(source, values=values)
