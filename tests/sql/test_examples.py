"""The analysts' cookbook: every query runs on the published tables and reads nothing else."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dashboards.labels import VERDICTS, verdict_words
from pipelines.contracts.tables import Table, publication_query, published_tables
from pipelines.core.queries import analysts_macros
from pipelines.core.sql_models import read_tables
from pipelines.core.warehouse import Connection, fetch, open_warehouse, write
from pipelines.disclosure.comparison import released_comparison
from pipelines.disclosure.thresholds import decide
from tests.disclosure.rows import DEFAULT, frame, row
from tests.sql.worlds import built, random_world

EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "sql" / "examples").glob("*.sql"))
POLARS_TYPES: dict[str, Any] = {
    "text": pl.String,
    "integer": pl.Int64,
    "number": pl.Float64,
    "date": pl.Date,
    "timestamp": pl.Datetime("us"),
    "boolean": pl.Boolean,
}


def empty(table: Table) -> pl.DataFrame:
    return pl.DataFrame(schema={each.name: POLARS_TYPES[each.type] for each in table.columns})


def published_mart(source: Connection, table: Table) -> pl.DataFrame:
    return fetch(source, publication_query(table, analyst_person_scores=False))


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """A file with the published columns only: marts of a random world, the rest empty."""
    folder = tmp_path_factory.mktemp("examples")
    with open_warehouse(folder / "analytics.duckdb") as connection:
        with built(random_world(5, n_people=150)) as source:
            for table in published_tables():
                is_mart = table.schema_name == "marts"
                frame = published_mart(source, table) if is_mart else empty(table)
                write(connection, table.full_name, frame)
        for macro in analysts_macros():
            connection.execute(macro)
        yield connection


def test_macros_and_examples_need_no_newer_duckdb_than_is_promised() -> None:
    """The file opens from 1.2 on, which has no function ``if``; 34 examples were tried there."""
    texts = [*analysts_macros(), *(path.read_text() for path in EXAMPLES)]
    assert [text for text in texts if re.search(r"\bif\s*\(", text)] == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_runs_on_published_tables(path: Path, con: Connection) -> None:
    text = path.read_text()
    assert text.startswith("-- ")
    published = {(table.schema_name, table.name) for table in published_tables()}
    assert set(read_tables(text, path.name)) <= published
    fetch(con, text)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 30
    assert len({path.name[:2] for path in EXAMPLES}) == len(EXAMPLES)


@pytest.mark.parametrize("name", [
        "04_absence_by_month", "05_coaching_mix", "21_first_half_year", "22_coaching_load",
    ],
)  # fmt: skip
def test_examples_over_people_give_rows(name: str, con: Connection) -> None:
    (path,) = [path for path in EXAMPLES if path.stem == name]
    assert fetch(con, path.read_text()).height > 0


def rows_of(name: str, con: Connection) -> list[dict[str, Any]]:
    (path,) = [path for path in EXAMPLES if path.stem == name]
    return fetch(con, path.read_text()).to_dicts()


def test_kinds_of_absence_add_up_to_the_total(con: Connection) -> None:
    kinds = ("sick_per_100", "no_show_per_100", "other_unplanned_per_100")
    rows = rows_of("04_absence_by_month", con)
    assert any(each["unplanned_per_100"] for each in rows)
    for told in rows:
        if told["unplanned_per_100"] is not None:
            total = sum(told[kind] for kind in kinds)
            assert total == pytest.approx(told["unplanned_per_100"], abs=0.016)


def test_a_quarter_of_hidden_months_has_no_number_of_sessions(con: Connection) -> None:
    con.execute("begin")
    try:
        con.execute(
            "update marts.site_month set sessions_status = 'suppressed', n_sessions = null "
            "where month = (select max(month) from marts.site_month)"
        )
        rows = rows_of("22_coaching_load", con)
    finally:
        con.execute("rollback")
    assert {each["n_hidden_months"] > 0 for each in rows} == {True, False}
    for told in rows:
        assert (told["n_sessions"] is None) == (told["n_hidden_months"] > 0)


def test_turnover_by_choice_counts_the_months_that_are_hidden(con: Connection) -> None:
    """Per site against a count of agents; a sum of what the month table tells would be lower."""
    con.execute("begin")
    try:
        con.execute("update marts.site_month set n_voluntary_exits = null, status = 'shown'")
        rows = rows_of("34_leaving_by_choice_by_site", con)
        leavers = fetch(
            con,
            """
            select site, count(*) filter (where exit_type = 'voluntary') as n
            from marts.agent_month
            where month in (
                select month from marts.dim_month where is_whole_month
                order by month desc limit 12
            )
            group by site
            """,
        )
    finally:
        con.execute("rollback")
    chose = dict(leavers.rows())
    for told in rows:
        assert (told["status"] == "shown") == ((told["n_exits"] or 0) >= 10)
        rate = told["turnover_by_choice_per_100_a_year"]
        if rate is not None and told["mean_headcount"]:
            by_hand = 100 * chose[told["site"]] * 12 / told["n_months"] / told["mean_headcount"]
            assert rate == pytest.approx(by_hand, rel=0.02)


QUIET = {"23_what_moved": "Empty where", "24_what_to_mend": "Empty where", "29_targets": "Empty"}


@pytest.mark.parametrize("name", QUIET)
def test_questions_that_may_have_no_rows_say_so(name: str) -> None:
    (path,) = [path for path in EXAMPLES if path.stem == name]
    head = [line for line in path.read_text().splitlines() if line.startswith("-- ")]
    assert any(QUIET[name] in line for line in head)


@pytest.mark.parametrize(("late", "status"), [(0, "shown"), (1, "no_data")])
def test_hires_of_before_the_data_have_no_figure_of_how_many_left(
    con: Connection, late: int, status: str
) -> None:
    """Data that begin a day after the quarter miss who left early."""
    (path,) = [path for path in EXAMPLES if path.stem == "21_first_half_year"]
    begin = fetch(con, path.read_text())["hired_in_quarter"].max() + dt.timedelta(days=late)
    con.execute("begin")
    try:
        con.execute("update marts.dim_month set observed_from_month = $1", [begin])
        found = fetch(con, path.read_text()).row(0, named=True)
    finally:
        con.execute("rollback")
    assert found["status"] == status
    figures = (found["n_left_early"], found["left_within_180_days_per_100"])
    assert (None in figures) == (figures == (None, None)) == (status == "no_data")


@pytest.mark.parametrize("grade", ["strong", "moderate", "weak", "not_credible", None])
def test_the_cookbook_says_a_verdict_as_pages_do(grade: str | None, con: Connection) -> None:
    """Whatever the grade of credibility is, and without one."""
    for verdict in VERDICTS:
        told = fetch(con, "select told_verdict($1, $2) as told", [verdict, grade]).item()
        assert told == verdict_words(verdict, grade)


def released_rows(con: Connection) -> pl.DataFrame:
    """The two rows that the recount reads, from the marts by the rules of disclosure control."""
    episodes = fetch(con, "select arm, exit_type, follow_up_days from marts.coaching_episode")
    by_arm = {
        side: episodes.filter(pl.col("arm") == arm).to_dicts()
        for side, arm in (("a", "compassionate"), ("b", "compliance"))
    }
    rows = []
    for outcome, kinds in (("any_exit", None), ("voluntary_exit", ("voluntary",))):
        counts = {"outcome": outcome}
        for side, people in by_arm.items():
            left = [each for each in people if each["exit_type"] and each["follow_up_days"] <= 180]
            counts[f"n_people_{side}"] = len(people)
            counts[f"n_leavers_{side}"] = len(left)
            counts[f"n_events_{side}"] = sum(
                kinds is None or each["exit_type"] in kinds for each in left
            )
        rows.append(row(**counts))
    protection = replace(DEFAULT, min_leavers=1)
    return released_comparison(decide(frame(*rows), protection), protection)


def test_the_recount_equals_what_is_published_of_each_arm(con: Connection) -> None:
    """To the person for any exit, to the weight of five people for how they left."""
    (table,) = [table for table in published_tables() if table.full_name == "outcomes.comparison"]
    write(con, table.full_name, pl.concat([empty(table), released_rows(con)], how="diagonal"))
    (path,) = [path for path in EXAMPLES if path.stem == "08_recount_exits"]
    found = fetch(con, path.read_text())
    assert found["arm"].to_list() == ["compassionate", "compliance"]
    for mine, apart in (("n_people", 0), ("n_exits", 0), ("n_voluntary_exits", 2)):
        assert found[mine].max() >= 1
        assert (found[mine] - found[f"{mine}_published"]).abs().max() <= apart
    assert (found["n_voluntary_exits_published"] % 5 == 0).all()
    assert found["n_people"].n_unique() == 2, "the arms can be told apart"
