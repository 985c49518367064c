"""The analysts' cookbook: every query runs on the published tables and reads nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.contracts.tables import Table, publication_query, published_tables
from pipelines.sql_models import read_tables
from pipelines.warehouse import Connection, fetch, open_warehouse, write
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
        with built(random_world(5, n_people=150), folder) as source:
            for table in published_tables():
                is_mart = table.schema_name == "marts"
                frame = published_mart(source, table) if is_mart else empty(table)
                write(connection, table.full_name, frame)
        yield connection


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_runs_on_published_tables(path: Path, con: Connection) -> None:
    text = path.read_text()
    assert text.startswith("-- ")
    published = {(table.schema_name, table.name) for table in published_tables()}
    assert set(read_tables(text, path.name)) <= published
    fetch(con, text)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 24
    assert len({path.name[:2] for path in EXAMPLES}) == len(EXAMPLES)


@pytest.mark.parametrize("name", [
        "04_absence_by_month", "05_coaching_mix", "21_first_half_year", "22_coaching_load",
    ],
)  # fmt: skip
def test_examples_over_people_give_rows(name: str, con: Connection) -> None:
    (path,) = [path for path in EXAMPLES if path.stem == name]
    assert fetch(con, path.read_text()).height > 0


def test_the_recount_finds_the_people_of_each_arm(con: Connection) -> None:
    """The example must set each arm beside its own published counts, not the other's."""
    (table,) = [table for table in published_tables() if table.full_name == "outcomes.comparison"]
    row = {
        "outcome": "voluntary_exit",
        "horizon_days": 180,
        "design": "unadjusted",
        "estimand": "risk_difference",
        "segment": "all",
        "arm_a": "compassionate",
        "arm_b": "compliance",
        "n_people_a": 111,
        "n_people_b": 222,
        "n_events_a": 11,
        "n_events_b": 22,
    }
    write(con, table.full_name, pl.concat([empty(table), pl.DataFrame([row])], how="diagonal"))
    (path,) = [path for path in EXAMPLES if path.stem == "08_recount_exits"]
    found = fetch(con, path.read_text())
    assert found["arm"].to_list() == ["compassionate", "compliance"]
    assert found["n_people_published"].to_list() == [111, 222]
    assert found["n_voluntary_exits_published"].to_list() == [11, 22]
    episodes = fetch(con, "select arm from marts.coaching_episode")["arm"].to_list()
    assert found["n_people"].to_list() == [
        episodes.count("compassionate"),
        episodes.count("compliance"),
    ]
