"""Every staging and mart table is the same in DuckDB and in Spark: on a sample, on nasty values.

One session for all of it. Whole numbers, texts, dates and moments must be equal; figures may
differ by 1e-9, absolutely or of themselves, because sums run in no fixed order.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines.contracts.sources import load_contracts
from pipelines.core.sql_models import SqlModel, load_models
from pipelines.core.warehouse import (
    Connection,
    append,
    build_model,
    open_warehouse,
    read_table,
    write,
)
from pipelines.engine.spark_engine import SparkEngine, open_spark_engine
from pipelines.ingest.load.ingest_source import ingest_source
from pipelines.simulation import write_sample
from tests.engine.nasty import nasty_rows
from tests.sql.worlds import STAGING, Row, World, built, random_world

pytestmark = pytest.mark.slow
ZONE = "Europe/Berlin"
NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
UNTIL = dt.date(2026, 10, 31)
NASTY_FILE = 999_999
QUICK = {
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.driver.memory": "1g",
}
"""For tables of a few thousand rows: nothing is compiled, and nothing spread."""
MODELS = {
    schema: [model for model in load_models() if model.schema == schema]
    for schema in ("staging", "marts")
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkEngine]:
    """The one Spark session."""
    folder = tmp_path_factory.mktemp("spark") / "exchange"
    with open_spark_engine("local[2]", QUICK, ZONE, folder) as opened:
        yield opened
    assert not folder.exists()


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """The sample's deliveries, taken in."""
    root = tmp_path_factory.mktemp("sample")
    write_sample(root / "landing", n_agents=60, months=12, seed=7)
    with open_warehouse(root / "warehouse.duckdb", time_zone=ZONE) as con:
        for source in load_contracts().landing:
            folder = root / "landing" / source.name
            ingest_source(con, source, folder, raw=root / "raw", now=NOW, time_zone=ZONE)
        yield con


def in_both(
    con: Connection, engine: SparkEngine, model: SqlModel
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A model's rows from DuckDB and from Spark, each in the order of their values."""
    table = ".".join(model.table)
    build_model(con, table, model.path)
    expected = read_table(con, table)
    engine.build(con, model)
    found = read_table(con, table)
    return tuple(frame.sort(frame.columns, nulls_last=True) for frame in (expected, found))


@pytest.mark.parametrize("model", MODELS["staging"], ids=lambda model: model.name)
def test_staging_is_the_same_on_the_sample_and_on_nasty_values(
    delivered: Connection, engine: SparkEngine, model: SqlModel
) -> None:
    source = load_contracts().source(model.name)
    raw = f"raw.{source.name}"
    rows = read_table(delivered, raw)
    nasty = pl.DataFrame([*nasty_rows(source)]).with_columns(
        file_id=pl.lit(NASTY_FILE, pl.Int32),
        line_number=pl.int_range(pl.len(), dtype=pl.Int64),
        is_quarantined=False,
        is_tombstone=False,
    )
    delivered.execute(f"drop view {raw}")
    write(delivered, raw, rows)
    append(delivered, raw, nasty)
    expected, found = in_both(delivered, engine, model)
    assert_frame_equal(found, expected, check_exact=True)
    assert expected.filter(pl.col("file_id") == NASTY_FILE).height > 250


@pytest.fixture(scope="module")
def staged(delivered: Connection) -> Iterator[Connection]:
    """The sample's people and those of a dense world, as one centre."""
    with built(edgy_world(delivered)) as con:
        yield con


@pytest.mark.parametrize("model", MODELS["marts"], ids=lambda model: model.name)
def test_marts_are_the_same_on_the_sample_and_at_the_edges(
    staged: Connection, engine: SparkEngine, model: SqlModel
) -> None:
    expected, found = in_both(staged, engine, model)
    assert_frame_equal(found, expected, check_exact=False, abs_tol=1e-9, rel_tol=1e-9)
    assert expected.height


def edgy_world(delivered: Connection) -> World:
    """The sample's rows, a dense world's, and somebody at the very end of the data."""
    dense = random_world(3, n_people=40)
    rows = {source: dense.of(source) + sample_rows(delivered, source) for source in STAGING}
    before = UNTIL - dt.timedelta(days=21)
    last = {"employee_id": "LAST"}
    return (
        World(rows, data_until=UNTIL)
        .adding("roster", last | {"effective_date": before, "hire_date": before, "role": "agent"})
        .adding(
            "coaching_sessions",
            last
            | {
                "session_id": "LAST",
                "coach_id": "E00",
                "style": "compassionate",
                "started_at": dt.datetime.combine(UNTIL, dt.time(23, 59)),
            },
        )
        .adding("performance", last | {"week_start": before, "quality_score": 0.1 + 0.2})
        .adding("shifts", last | {"shift_date": UNTIL, "scheduled_hours": 0.0, "absent_hours": 0.0})
    )


def sample_rows(delivered: Connection, source: str) -> list[Row]:
    """What stands of the sample, the nasty rows left out."""
    frame = read_table(delivered, f"staging.{source}").filter(pl.col("file_id") != NASTY_FILE)
    return frame.to_dicts()


def test_the_exchange_holds_tables_and_is_private(engine: SparkEngine) -> None:
    assert Path(engine.folder).stat().st_mode & 0o077 == 0
