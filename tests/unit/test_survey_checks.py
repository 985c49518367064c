"""From raw survey rows to scores: what is wrong with an answer is said with file and line."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from pipelines.analysis.survey_checks import ANSWER_CHECKS, check_fatigue_scores
from pipelines.analysis.survey_scores import write_fatigue_scores
from pipelines.contracts.tables import load_tables
from pipelines.core.check_results import CheckResult
from pipelines.core.sql_models import SQL_FOLDER
from pipelines.core.warehouse import Connection, append, build_model, fetch, open_warehouse
from pipelines.ingest.load.file_ledger import FileEntry, enter
from tests.unit.raw_tables import create_raw_tables

NOW = dt.datetime(2024, 6, 1, tzinfo=dt.UTC)


@pytest.fixture
def con(tmp_path: Path) -> Iterator[Connection]:
    with open_warehouse(tmp_path / "warehouse.duckdb") as connection:
        create_raw_tables(connection)
        enter(connection, FileEntry(1, "fatigue_surveys", "may.csv", "00", "loaded", NOW))
        yield connection


def land(con: Connection, *responses: tuple[str, dict[str, str]], **columns: str) -> None:
    """Raw rows of ``may.csv`` from line 2 on: an instrument and its other columns."""
    rows = [
        {
            "file_id": 1,
            "line_number": line,
            "response_id": f"R{line}",
            "employee_id": f"E{line}",
            "submitted_on": "2024-05-01",
            "instrument": instrument,
            "extra": json.dumps(extra) if extra else None,
            **columns,
        }
        for line, (instrument, extra) in enumerate(responses, start=2)
    ]
    append(con, "raw.fatigue_surveys", pl.DataFrame(rows))
    model = SQL_FOLDER / "staging" / "fatigue_surveys.sql"
    build_model(con, "staging.fatigue_surveys", model)


def checked(con: Connection) -> dict[str, CheckResult]:
    results = check_fatigue_scores(con, write_fatigue_scores(con))
    assert [each.check_name for each in results] == [check.name for check in ANSWER_CHECKS]
    assert {each.severity for each in results} == {"WARN"}
    return {each.check_name: each for each in results}


def answers(n: int, **changes: str) -> dict[str, str]:
    return {f"item_{number}": "2" for number in range(1, n + 1)} | changes


def test_items_reach_the_scores_and_nothing_is_wrong(con: Connection) -> None:
    land(con, ("olbi", answers(16)), ("single_item", {"item_1": "4"}))
    results = checked(con)
    assert all(each.passed and each.detail is None for each in results.values())
    assert results["answers_are_numbers"].n_checked == 17
    scores = fetch(con, "select * from staging.fatigue_score order by response_id").to_dicts()
    # Half of the items count 2, the reversed half 3: 2.5 of 1 to 4.
    assert scores[0]["emotional_exhaustion_0_100"] == 50
    assert (scores[0]["n_answered"], scores[1]["n_answered"]) == (16, 1)
    assert fetch(con, "select * from staging.fatigue_scale").height == 3


def test_a_wrong_answer_is_named_with_file_line_and_item_but_never_told(con: Connection) -> None:
    wrong = answers(16, item_3="often", item_5="7")
    land(con, ("olbi", answers(16)), ("olbi", wrong), ("bat12", {"item_13": "1"}))
    results = checked(con)
    numbers = results["answers_are_numbers"]
    assert (numbers.n_checked, numbers.n_failed) == (32, 1)
    assert (
        numbers.detail
        == numbers.public_detail
        == ("1 of 32: fatigue_surveys/may.csv line 3, column item_3: is not a number")
    )
    known = results["answers_are_known"]
    assert known.detail is not None and "line 3, column item_5: is not one of" in known.detail
    enough = results["scales_have_enough_answers"]
    assert (enough.n_checked, enough.n_failed) == (9, 5)
    assert enough.detail is not None and enough.detail.endswith("; and 2 more")
    assert "line 4, scale cognitive_impairment of bat12: has too few" in enough.detail
    others = results["items_belong_to_the_questionnaire"]
    assert (others.n_checked, others.n_failed) == (3, 1)
    published = fetch(con, "select check_name, detail from quality.check_result").rows()
    assert len(published) == 5
    assert not any("often" in (detail or "") for _, detail in published)


def test_scores_of_unknown_scale_are_reported(con: Connection) -> None:
    land(con, ("proqol5", {}), compassion_satisfaction="35")
    result = checked(con)["scores_say_their_scale"]
    assert (result.n_checked, result.n_failed) == (1, 1)
    assert (
        result.detail is not None and "fatigue_surveys/may.csv line 2: has scale" in result.detail
    )


def test_without_any_survey_there_is_nothing_to_check(con: Connection) -> None:
    build_model(con, "staging.fatigue_surveys", SQL_FOLDER / "staging" / "fatigue_surveys.sql")
    assert all(each.n_checked == 0 for each in checked(con).values())
    assert fetch(con, "select * from quality.check_result").is_empty()
    assert fetch(con, "select * from quality.instrument_scale").is_empty()


def test_the_tables_have_the_columns_of_their_contract(con: Connection) -> None:
    land(con, ("olbi", answers(16)))
    checked(con)
    (table,) = [each for each in load_tables() if each.full_name == "quality.instrument_scale"]
    made = fetch(con, "select * from quality.instrument_scale").columns
    assert made == [column.name for column in table.columns]
