"""Ratings are read behind the newest row of a session; agreement tables leave without details."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.analysis.rater_agreement import (
    read_ratings,
    write_rater_agreement,
    write_style_agreement,
)
from pipelines.contracts.behaviours import BEHAVIOURS
from pipelines.contracts.tables import load_tables
from pipelines.core.parts import BALANCE
from pipelines.core.sql_models import SQL_FOLDER
from pipelines.core.warehouse import (
    Connection,
    append,
    build_model,
    fetch,
    open_warehouse,
    write,
)
from pipelines.disclosure.tables import ReleaseContext, few_people_suppressed
from pipelines.measurement.style_coding import behaviour_balance
from tests.disclosure.rows import DEFAULT
from tests.sql.worlds import World, built, random_world
from tests.unit.raw_tables import create_raw_tables


@pytest.fixture
def con(tmp_path: Path) -> Iterator[Connection]:
    with open_warehouse(tmp_path / "warehouse.duckdb") as connection:
        create_raw_tables(connection)
        setting = pl.DataFrame({"data_until": [dt.date(2024, 12, 31)]})
        write(connection, "staging.study_setting", setting)
        yield connection


def land(con: Connection, *rows: dict[str, Any]) -> None:
    """Raw session rows, each in the file and line it names, else line by line in file 1."""
    frame = pl.DataFrame(
        [
            {
                "file_id": 1,
                "line_number": line,
                "session_id": "S1",
                "employee_id": "E1",
                "coach_id": "C1",
                "started_at": "2024-05-01T09:00",
                "is_quarantined": False,
                **dict.fromkeys(BEHAVIOURS),
                **row,
            }
            for line, row in enumerate(rows, start=2)
        ],
        schema_overrides=dict.fromkeys(BEHAVIOURS, pl.String),
        infer_schema_length=None,
    )
    append(con, "raw.coaching_sessions", frame)
    stage(con)


def stage(con: Connection) -> None:
    model = SQL_FOLDER / "staging" / "coaching_sessions.sql"
    build_model(con, "staging.coaching_sessions", model)


def seen(con: Connection) -> list[tuple[str, str, bool | None]]:
    rows = read_ratings(con).select("session_id", "rater_id", "offered_help").rows()
    return [(session, rater, value) for session, rater, value in rows]


def test_both_raters_of_a_session_are_found_though_one_row_stands(con: Connection) -> None:
    land(
        con,
        {"rater_id": "R1", "offered_help": "true"},
        {"rater_id": "R2", "offered_help": "no"},
    )
    assert seen(con) == [("S1", "R1", True), ("S1", "R2", False)]


def test_the_newest_delivery_of_a_rater_counts(con: Connection) -> None:
    land(
        con,
        {"rater_id": "R1", "offered_help": "true", "file_id": 2},
        {"rater_id": "R1", "offered_help": "false", "file_id": 1},
        {"rater_id": " R2 ", "offered_help": "false"},
        {"rater_id": "R2", "offered_help": "1"},
    )
    assert seen(con) == [("S1", "R1", True), ("S1", "R2", True)]


def test_rows_that_dont_count_elsewhere_dont_count_here(con: Connection) -> None:
    land(
        con,
        {"rater_id": "R1", "offered_help": "true", "is_quarantined": True},
        {"rater_id": None, "offered_help": "true"},
        {"rater_id": "R2", "offered_help": "true", "started_at": "2025-01-01T00:00"},
        {"rater_id": "R3", "offered_help": "", "session_id": "S2"},
    )
    assert seen(con) == [("S2", "R3", None)]


def test_ratings_of_a_session_that_doesnt_stand_are_left_out(con: Connection) -> None:
    land(con, {"rater_id": "R1"}, {"rater_id": "R1", "session_id": "S2"})
    con.execute("delete from staging.coaching_sessions where session_id = 'S1'")
    assert seen(con) == [("S2", "R1", None)]


MADE_AT_RELEASE = {"is_reliable", "reliability"}


def columns_of(name: str) -> list[str]:
    """The columns of a table, but for what is concluded from rounded figures at its release."""
    (table,) = [each for each in load_tables() if each.full_name == name]
    return [column.name for column in table.columns if column.name not in MADE_AT_RELEASE]


def released(frame: pl.DataFrame, min_group: int) -> pl.DataFrame:
    release = ReleaseContext(
        replace(DEFAULT, min_group=min_group), is_everybody_shown=True, n_people=100
    )
    return few_people_suppressed(frame, release)


def test_rater_agreement_is_written_and_hidden_for_few_people(con: Connection) -> None:
    flags = ("true", "false", "false", "true", "true", "false", "true")
    rows = []
    for number, flag in enumerate(flags):
        session = {
            "session_id": f"S{number}",
            "employee_id": f"E{number}",
            "coach_id": f"C{number}",
        }
        other = "false" if number == 0 else flag
        rows += [
            {**session, "rater_id": rater, "offered_help": value}
            for rater, value in (("R1", flag), ("R2", other))
        ]
    land(con, *rows)
    assert write_rater_agreement(con) == 16
    frame = fetch(con, "select * from quality.rater_agreement")
    assert frame.columns == columns_of("quality.rater_agreement")
    (row,) = frame.filter(behaviour="offered_help").to_dicts()
    # 14 values, 7 of them true (4 and 3): one pair differs, counted both ways: 2 of 14 against
    # 2 * 7 * 7 of 14 * 13.
    assert row["estimate"] == pytest.approx(1 - (2 / 14) / (98 / 182))
    assert (row["n_sessions"], row["n_people"], row["n_raters"]) == (7, 7, 2)
    (hidden,) = released(frame, 8).filter(behaviour="offered_help").to_dicts()
    assert (hidden["estimate"], hidden["n_sessions"], hidden["n_people"]) == (None, None, None)
    assert hidden["status"] == "suppressed"
    (one_coach,) = (
        released(frame.with_columns(n_coaches=pl.lit(1, pl.Int64)), 7)
        .filter(behaviour="offered_help")
        .to_dicts()
    )
    assert (one_coach["status"], one_coach["n_coaches"]) == ("suppressed", None)
    (shown,) = released(frame, 7).filter(behaviour="offered_help").to_dicts()
    assert shown == row


def test_without_a_second_rater_every_row_says_so(con: Connection) -> None:
    stage(con)
    assert write_rater_agreement(con) == 16
    told = fetch(con, "select distinct status, reason from quality.rater_agreement").rows()
    assert told == [("no_data", "nothing was coded twice")]


def test_style_agreement_counts_what_the_mart_says() -> None:
    worlds = [random_world(seed, n_people=60) for seed in (1, 4)]
    for world in worlds:
        with built(world, ["coaching_session"]) as con:
            assert write_style_agreement(con) == 1
            (row,) = fetch(con, "select * from quality.style_agreement").to_dicts()
            sessions = fetch(con, "select * from marts.coaching_session").to_dicts()
        assert list(row) == columns_of("quality.style_agreement")
        judged = [each for each in sessions if each["is_label_disputed"] is not None]
        agreed = [each for each in judged if not each["is_label_disputed"]]
        assert row["n_sessions"] == len(sessions) > len(judged) > 10
        assert row["n_compared"] == len(judged)
        assert row["agreement_share"] == pytest.approx(len(agreed) / len(judged))
        assert row["n_people"] == len({each["agent_key"] for each in judged})


def test_the_balance_is_the_same_in_sql_and_in_polars() -> None:
    world: World = random_world(2, n_people=20)
    with built(world, ["coaching_session"]) as con:
        sessions = fetch(con, "select * from marts.coaching_session")
    ours = sessions.select(pl.col(BALANCE).alias("sql"), behaviour_balance())
    assert ours[BALANCE].is_not_null().sum() > 10
    for one, other in ours.iter_rows():
        assert one == (None if other is None else pytest.approx(other))
