"""What may leave: documented columns only, no identifier, no free text, no person's score."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.contracts.tables import (
    Table,
    comment_statements,
    default_covariates,
    load_tables,
    publication_query,
    published_tables,
)
from pipelines.core.warehouse import Connection, fetch
from tests.sql.worlds import World, built, mart, person_ids, random_world

MARTS = [table for table in published_tables() if table.schema_name == "marts"]
TYPES = {
    "VARCHAR": "text",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "DOUBLE": "number",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "BOOLEAN": "boolean",
}
EVERY_VALUE_IS_RARE = {
    name: ("x",) for name in {each.pooled for table in MARTS for each in table.columns} if name
}
NOTE = "call her about the holiday"


def noted_world() -> World:
    """A random world whose free text is easy to find."""
    world = random_world(8)
    noted = [{**row, "notes": NOTE} for row in world.of("coaching_sessions")]
    reasons = [{**row, "reason": NOTE} for row in world.of("attrition")]
    return replace(world, rows={**world.rows, "coaching_sessions": noted, "attrition": reasons})


@pytest.fixture(scope="module")
def con() -> Iterator[Connection]:
    with built(noted_world()) as connection:
        yield connection


@pytest.mark.parametrize("table", MARTS, ids=lambda table: table.full_name)
def test_the_contract_lists_exactly_what_the_query_makes(table: Table, con: Connection) -> None:
    described = con.execute(f"describe {table.full_name}").fetchall()
    made = {name: TYPES[kind] for name, kind, *_ in described}
    taken = {each.name: each.type for each in table.columns if each.value is None}
    assert taken.items() <= made.items()
    query = publication_query(table, analyst_person_scores=False, rare=EVERY_VALUE_IS_RARE)
    leaves = [(name, TYPES[kind]) for name, kind, *_ in con.execute(f"describe {query}").fetchall()]
    assert leaves == [(column.name, column.type) for column in table.columns]


@pytest.mark.parametrize("table", MARTS, ids=lambda table: table.full_name)
def test_the_key_is_unique(table: Table, con: Connection) -> None:
    frame = fetch(con, publication_query(table, analyst_person_scores=False))
    assert frame.height > 0
    assert frame.select(table.key).is_duplicated().sum() == 0


@pytest.mark.parametrize("table", MARTS, ids=lambda table: table.full_name)
def test_no_identifier_and_no_free_text_leaves(table: Table, con: Connection) -> None:
    world = noted_world()
    private = {NOTE, *person_ids(world)}
    private |= {row["session_id"] for row in world.of("coaching_sessions")}
    private |= {row["response_id"] for row in world.of("fatigue_surveys")}
    frame = fetch(con, publication_query(table, analyst_person_scores=True))
    values = {str(value) for row in frame.iter_rows() for value in row}
    assert not values & private


@pytest.mark.parametrize("is_allowed", [False, True])
def test_survey_answers_leave_only_where_the_settings_say_so(is_allowed: bool) -> None:
    world = replace(noted_world(), analyst_person_scores=is_allowed)
    with built(world) as con:
        for table in MARTS:
            answers = [each.name for each in table.columns if each.personal == "wellbeing"]
            frame = fetch(con, publication_query(table, analyst_person_scores=is_allowed))
            known = {name for name in answers if frame[name].is_not_null().any()}
            if not is_allowed:
                assert not known
            elif table.name == "coaching_episode":
                assert known == {"prior_emotional_exhaustion_0_100", "prior_cynicism_0_100"}
            elif table.name == "fatigue_response":
                assert known == {"emotional_exhaustion_0_100", "cynicism_0_100", "stress_1_5"}
            elif table.name == "fatigue_scale":
                assert known == {"raw_score", "score_0_100"}


@pytest.mark.parametrize("table", MARTS, ids=lambda table: table.full_name)
def test_no_day_of_a_person_leaves(table: Table, con: Connection) -> None:
    """Dates are months; the days that the marts have beside them stay there."""
    frame = fetch(con, publication_query(table, analyst_person_scores=True))
    for column in table.columns:
        assert column.type != "timestamp"
        if column.type == "date":
            assert column.name.endswith(("month", "quarter"))
            assert set(frame[column.name].drop_nulls().dt.day()) <= {1}


def test_every_answer_of_a_person_is_marked_as_one() -> None:
    """Whatever is named after a scale is NULL unless the settings say so, in every table."""
    scales = re.compile(
        r"exhaustion|cynicism|irritab|concentrat|detach|satisfaction_0|morale|stress"
    )
    for table in MARTS:
        if "agent_key" not in table.key:
            continue
        for column in table.columns:
            is_answer = scales.search(column.name) or column.name in ("raw_score", "band")
            assert not is_answer or column.personal == "wellbeing", (table.name, column.name)


def test_every_mart_is_described() -> None:
    folder = Path(__file__).resolve().parents[2] / "sql" / "marts"
    described = {table.name for table in load_tables() if table.schema_name == "marts"}
    assert described == {file.stem for file in folder.glob("*.sql")}


def test_a_private_table_has_no_way_out() -> None:
    (private,) = [table for table in load_tables() if table.name == "trial_candidate"]
    with pytest.raises(ValueError, match=r"marts\.trial_candidate is private"):
        publication_query(private, analyst_person_scores=True)


def test_comments_reach_the_database(con: Connection) -> None:
    (table,) = [table for table in MARTS if table.name == "fatigue_response"]
    for statement in comment_statements(table):
        con.execute(statement)
    comments = con.execute(
        "select column_name, comment from duckdb_columns() "
        "where schema_name = 'marts' and table_name = 'fatigue_response'"
    ).fetchall()
    assert all(comment for _, comment in comments)
    assert dict(comments)["n_answered"] == "Of these, items with a valid answer. [items]"


def test_default_covariates_are_columns_known_on_day_0() -> None:
    (episode,) = [table for table in MARTS if table.name == "coaching_episode"]
    columns = {column.name: column.type for column in episode.columns}
    after_day_0 = {"follow_up_days", "exit_type"}
    for covariate in default_covariates():
        assert covariate.column in set(columns) - after_day_0
        is_category = columns[covariate.column] in ("text", "boolean")
        assert is_category == (covariate.kind == "categorical")


def test_session_shares_count_only_what_was_coded() -> None:
    coded = {
        "session_id": "S1",
        "employee_id": "E1",
        "coach_id": "C1",
        "started_at": dt.datetime(2024, 5, 1, 9),
        "style": "compassionate",
        "agent_set_goal": True,
        "offered_help": False,
        "identified_need": False,
        "asked_ideal_self": True,
        "told_what_to_fix": True,
    }
    blank = {name: coded[name] for name in ("employee_id", "coach_id", "started_at")}
    world = World({"coaching_sessions": [{**blank, "session_id": "S0", "style": "mixed"}, coded]})
    with built(world) as con:
        empty, full = sorted(mart(con, "coaching_session"), key=lambda row: row["session_number"])
    assert (empty["arm"], empty["style"], empty["compassionate_share"]) == (None, "mixed", None)
    assert (full["n_behaviours_coded"], full["compassionate_share"]) == (5, 0.5)
    assert full["compliance_share"] == 1.0
