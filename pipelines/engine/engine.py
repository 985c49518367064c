"""Which engine makes a model's table: DuckDB in this process, or a Spark session."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from pipelines.core.sql_models import SqlModel
from pipelines.core.warehouse import Connection, build_model

DUCKDB, SPARK = "duckdb", "spark"


class Engine(Protocol):
    """What turns a model into a table of the warehouse."""

    def build(self, con: Connection, model: SqlModel) -> int:
        """Replace the model's table by the result of its query; returns its number of rows."""


class DuckDBEngine:
    """The engine that the warehouse is of."""

    def build(self, con: Connection, model: SqlModel) -> int:
        """Replace the model's table; the query is run as it stands."""
        return build_model(con, ".".join(model.table), model.path)


IN_DUCKDB = DuckDBEngine()


@contextmanager
def open_engine(
    name: str, url: str, options: Mapping[str, str], *, time_zone: str, exchange: Path
) -> Iterator[Engine]:
    """The engine of that name for one refresh; ``exchange`` is where Spark and DuckDB hand over."""
    if name == DUCKDB:
        yield IN_DUCKDB
        return
    from pipelines.engine.spark_engine import open_spark_engine  # and with it what translates SQL

    with open_spark_engine(url, options, time_zone, exchange) as engine:
        yield engine
