"""What is measured for the grades, against counts made by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from pipelines.contracts import casts
from pipelines.contracts.reportability_rules import load_grade_rules
from pipelines.contracts.sources import load_contracts
from pipelines.core.warehouse import Connection, append, open_warehouse
from pipelines.quality.data_measures import exit_measures, read_measures, response_rates
from pipelines.quality.reportability import DataMeasure
from tests.unit.raw_tables import create_raw_tables

KEY_9 = "key of E009"
END = dt.date(2025, 12, 31)
PEOPLE = [f"E{i:03d}" for i in range(80)]
HIDDEN = "hidden for privacy: fewer than 10 people"


def key(employee: str) -> str:
    return f"key of {employee}"


@pytest.fixture
def con() -> Iterator[Connection]:
    """Eighty people of the comparison; forty have left, one a day up to the end of data."""
    with open_warehouse(Path(":memory:")) as connection:
        create_raw_tables(connection)
        for source in load_contracts().sources:
            columns = ", ".join(
                f"{column.name} {casts.SQL_TYPES[column.type]}" for column in source.columns
            )
            connection.execute(f"create table staging.{source.name} ({columns})")
        connection.execute("create table ledger.aside_attrition as from staging.attrition")
        connection.execute(f"create table staging.study_setting as select date '{END}' data_until")
        hired = dt.date(2024, 1, 1)
        put(connection, "staging.roster", ["employee_id", "effective_date", "hire_date"],
            [(e, hired, hired) for e in PEOPLE])  # fmt: skip
        names = ["employee_id", "separation_date", "separation_type"]
        kinds = ["voluntary", "voluntary", "voluntary", "involuntary", "other"]
        exits = [(e, END - dt.timedelta(days=i), kinds[i % 5]) for i, e in enumerate(PEOPLE[:40])]
        put(connection, "staging.attrition", names, exits)
        pseudonyms = pl.DataFrame({"employee_id": PEOPLE, "person_key": [key(e) for e in PEOPLE]})
        connection.register("_p", pseudonyms.to_arrow())
        connection.execute("create table staging.pseudonym as select * from _p")
        connection.unregister("_p")
        connection.execute(
            "create table marts.coaching_episode as "
            "select person_key as agent_key, "
            "case when employee_id < 'E030' then 'a' else 'b' end as arm, "
            "date '2025-01-15' as day_0, leaving.separation_type as exit_type "
            "from staging.pseudonym left join staging.attrition as leaving using (employee_id)"
        )
        yield connection


def put(con: Connection, table: str, names: list[str], rows: list[tuple[object, ...]]) -> None:
    append(con, table, pl.DataFrame(rows, names, orient="row"))


def measured(con: Connection) -> dict[str, DataMeasure]:
    return {measure.name: measure for measure in exit_measures(con)}


def set_aside(con: Connection, line: int, employee: str, day: str, column: str) -> None:
    con.execute(
        "insert into raw.attrition by name select 1 as file_id, ? as line_number, "
        "? as employee_id, ? as separation_date, true as is_quarantined",
        [line, employee, day],
    )
    con.execute(
        "insert into ledger.rejected_cell by name select 1 as file_id, 'attrition' as source, "
        "? as line_number, 'required' as rule, ? as column_name, 'a value' as expected",
        [line, column],
    )


def loaded_file(con: Connection) -> None:
    con.execute(
        "insert into ledger.file (file_id, source, file, status, first_seen_at, is_in_landing) "
        "values (1, 'attrition', 'x.csv', 'loaded', now(), true)"
    )


def test_whole_exits(con: Connection) -> None:
    found = measured(con)
    assert (found["exits_without_kind"].value, found["exits_without_kind"].n) == (8 / 40, 40)
    assert (found["exits_set_aside"].value, found["exits_set_aside"].n) == (0.0, 40)
    assert (found["exits_of_unknown_people"].value, found["exits_of_unknown_people"].n) == (0, 40)
    assert found["exits_stop_early"].value == 0


def test_exits_set_aside_count_until_they_are_mended(con: Connection) -> None:
    loaded_file(con)
    set_aside(con, 2, " E050 ", "2025-06-01", "separation_type")  # still employed, kind unknown
    set_aside(con, 3, "E051", "31.06.2025", "separation_date")
    set_aside(con, 4, "E000", "2025-12-31", "separation_type")  # delivered again since
    set_aside(con, 4, "E000", "2025-12-31", "reason")
    found = measured(con)
    assert found["exits_set_aside"].value == pytest.approx(2 / 42)
    assert found["exits_without_kind"].value == pytest.approx(9 / 41)


def test_exits_of_people_nobody_knows(con: Connection) -> None:
    rows: list[tuple[object, ...]] = [
        ("X1", dt.date(2025, 3, 1), "voluntary"),
        ("X2", dt.date(2023, 3, 1), "voluntary"),  # before the roster begins
    ]
    put(con, "ledger.aside_attrition", ["employee_id", "separation_date", "separation_type"], rows)
    assert measured(con)["exits_of_unknown_people"].value == pytest.approx(1 / 41)


def test_exits_that_stop_before_the_data_do(con: Connection) -> None:
    con.execute(f"delete from staging.attrition where separation_date > date '{END}' - 20")
    found = measured(con)["exits_stop_early"]
    assert found.value == pytest.approx(20 / 365 * 20)
    assert found.detail == "20 days"
    con.execute("delete from staging.attrition")
    assert measured(con)["exits_stop_early"].n == 0


def test_response_is_measured_only_where_there_was_a_survey(con: Connection) -> None:
    con.execute("alter table marts.coaching_episode add column follow_up_days integer default 350")
    con.execute(
        "update marts.coaching_episode set follow_up_days = 40 where agent_key < ?", [KEY_9]
    )
    con.execute(
        "create table marts.episode_outcome as select agent_key, "
        "'emotional_exhaustion' as outcome, agent_key <> ? as is_window_complete, "
        "case when agent_key between ? and ? then 50.0 end as numerator "
        "from marts.coaching_episode",
        [key("E079"), KEY_9, key("E044")],
    )
    names = [measure.name for measure in read_measures(con, as_of=END)]
    assert names == list(load_grade_rules().measures)
    found = {measure.name: measure for measure in read_measures(con, as_of=END)}
    assert found["survey_response"].value is None
    rows = [(f"r{i}", e, dt.date(2025, 4, 1)) for i, e in enumerate(PEOPLE[:45])]
    put(con, "staging.fatigue_surveys", ["response_id", "employee_id", "submitted_on"], rows)
    found = {measure.name: measure for measure in read_measures(con, as_of=END)}
    assert (found["survey_response"].value, found["survey_response"].n) == (15 / 50, 21)
    assert found["survey_response"].detail == "in the b group"
    gap = found["survey_response_gap"]
    assert gap.value == pytest.approx(21 / 30 - 15 / 49), "nine left early; one has days to come"
    assert (gap.n, gap.is_by_chance) == (30, False)


def quarter(con: Connection, n_answered: dict[str, int]) -> pl.DataFrame:
    """Response to a survey in May 2025 of which the first people of each arm answered."""
    con.execute(
        "create or replace table marts.agent_month (agent_key varchar, month date, "
        "n_survey_responses integer)"
    )
    arms = {"a": PEOPLE[:30], "b": PEOPLE[30:]}
    for arm, people in arms.items():
        for number, employee in enumerate(people):
            for month in (4, 5, 6):
                has_answered = month == 5 and number < n_answered[arm]
                con.execute(
                    "insert into marts.agent_month values (?, ?, ?)",
                    [key(employee), dt.date(2025, month, 1), int(has_answered)],
                )
    return response_rates(con, 10)


def test_response_by_quarter_and_arm(con: Connection) -> None:
    rows = quarter(con, {"a": 20, "b": 50}).rows(named=True)
    assert [(row["arm"], row["n_people"], row["n_answered"]) for row in rows] == [
        ("a", 30, 20),
        ("b", 50, 50),
    ]
    assert [row["response_rate"] for row in rows] == [20 / 30, 1.0]


def test_who_was_not_there_all_quarter_could_not_answer(con: Connection) -> None:
    quarter(con, {"a": 15, "b": 30})
    con.execute("delete from marts.agent_month where month = '2025-06-01' and agent_key like '%9'")
    assert response_rates(con, 10)["n_people"].to_list() == [27, 45]


@pytest.mark.parametrize("answered", [1, 9, 21, 29])
def test_few_who_answered_or_did_not_hide_both_arms(con: Connection, answered: int) -> None:
    frame = quarter(con, {"a": answered, "b": 25})
    assert frame["status"].to_list() == ["suppressed", "suppressed"]
    assert frame["reason"].to_list() == [HIDDEN, HIDDEN]
    numbers = frame.select("n_people", "n_answered", "response_rate")
    assert all(numbers[name].null_count() == 2 for name in numbers.columns)


def test_while_nobody_was_there_all_quarter_it_is_too_early_and_not_without_a_survey(
    con: Connection,
) -> None:
    quarter(con, {"a": 20, "b": 50})
    con.execute("delete from marts.agent_month where month = '2025-06-01'")
    frame = response_rates(con, 10)
    assert frame["arm"].to_list() == ["a", "b"]
    assert set(frame["quarter"]) == {dt.date(2025, 4, 1)}
    assert set(frame["status"]) == {"too_early"}
    assert all(reason.startswith("too early: ") for reason in frame["reason"])
    assert frame["n_people"].null_count() == frame["response_rate"].null_count() == 2


def test_a_quarter_without_a_survey_is_not_listed(con: Connection) -> None:
    frame = quarter(con, {"a": 0, "b": 0})
    assert frame.is_empty()
    assert frame.columns == [
        "quarter",
        "arm",
        "n_people",
        "n_answered",
        "response_rate",
        "status",
        "reason",
    ]
