"""Models in Spark without a Spark: what is handed over when, what an error tells, what stays."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from pipelines.config.settings import parse_settings
from pipelines.core.errors import MachineError, SettingsError
from pipelines.core.sql_models import SqlModel
from pipelines.core.warehouse import Connection, fetch_value, open_warehouse, save_parquet
from pipelines.engine.engine import IN_DUCKDB, open_engine
from pipelines.engine.spark_engine import SparkEngine, SparkError
from pipelines.engine.spark_session import open_session
from pipelines.engine.spark_text import spark_text


class Session:
    """Stands for Spark: answers every query with the rows of one table, or an error."""

    def __init__(self, con: Connection, error: Exception | None = None) -> None:
        self.con, self.error = con, error
        self.queries: list[str] = []
        self.views: list[str] = []
        self.is_open = True
        self.read = self.write = self
        self.place = Path()

    def sql(self, query: str) -> Session:
        self.queries.append(query)
        return self

    def mode(self, _name: str) -> Session:
        return self

    def parquet(self, place: str) -> Session:
        folder = Path(place)
        if not folder.exists():  # written, not read
            if self.error:
                raise self.error
            folder.mkdir()
            save_parquet(self.con, "staging.answer", folder / "part.parquet")
        return self

    def createOrReplaceTempView(self, name: str) -> None:
        self.views.append(name)

    def stop(self) -> None:
        self.is_open = False


class InvalidCastError(Exception):
    def getCondition(self) -> str:
        return "CAST_INVALID_INPUT"


def model(folder: Path, schema: str, name: str, *depends_on: tuple[str, str]) -> SqlModel:
    path = folder / f"{name}.sql"
    path.write_text(f"select * from {'.'.join(depends_on[0])}")
    return SqlModel(schema, name, path, depends_on)


@pytest.fixture
def con(tmp_path: Path) -> Any:
    with open_warehouse(tmp_path / "warehouse.duckdb") as opened:
        opened.execute("create table staging.answer as select 42 as value")
        opened.execute("create table raw.answer as select '42' as value")
        yield opened


def test_a_mart_is_given_to_spark_once_and_what_is_staged_each_time(
    con: Connection, tmp_path: Path
) -> None:
    session = Session(con)
    engine = SparkEngine(lambda: session, tmp_path / "exchange")
    first = model(tmp_path, "marts", "first", ("staging", "answer"))
    assert engine.build(con, first) == 1
    assert engine.build(con, model(tmp_path, "marts", "second", ("marts", "first"))) == 1
    assert session.views == ["staging__answer", "marts__first", "marts__second"]
    staged = model(tmp_path, "staging", "staged", ("raw", "answer"))
    for _ in range(2):
        engine.build(con, staged)
    assert session.views[3:] == ["raw__answer", "raw__answer"]
    assert fetch_value(con, "select value from marts.second") == 42
    engine.close()
    assert not session.is_open
    assert not engine.folder.exists()


def test_an_error_of_spark_names_no_value_and_leaves_the_table(
    con: Connection, tmp_path: Path
) -> None:
    session = Session(con, InvalidCastError("the value 'Anna' cannot be cast"))
    engine = SparkEngine(lambda: session, tmp_path / "exchange")
    con.execute("create table marts.first as select 1 as value")
    with pytest.raises(SparkError) as raised:
        engine.build(con, model(tmp_path, "marts", "first", ("staging", "answer")))
    assert "marts.first: CAST_INVALID_INPUT" in str(raised.value)
    assert "Anna" not in str(raised.value)
    assert raised.value.__suppress_context__
    assert fetch_value(con, "select value from marts.first") == 1


def test_no_session_starts_where_nothing_is_made(tmp_path: Path) -> None:
    left = tmp_path / "exchange"
    left.mkdir()
    (left / "rows.parquet").write_bytes(b"of a killed refresh")
    with open_engine("spark", "sc://nowhere", {}, time_zone="UTC", exchange=left):
        assert not left.exists()
    with open_engine("duckdb", "", {}, time_zone="UTC", exchange=left) as engine:
        assert engine is IN_DUCKDB


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(SettingsError, match=r"requirements-spark\.lock"):
        open_session("local[2]", {}, "UTC")


def test_where_no_session_can_be_had_the_address_is_not_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Builder:
        def remote(self, url: str) -> Builder:
            self.url = url
            return self

        def getOrCreate(self) -> None:
            raise ConnectionError(self.url)

    fake: Any = ModuleType("pyspark.sql")
    fake.SparkSession = SimpleNamespace(builder=Builder())
    monkeypatch.setitem(sys.modules, "pyspark", ModuleType("pyspark"))
    monkeypatch.setitem(sys.modules, "pyspark.sql", fake)
    with pytest.raises(MachineError, match="ConnectionError") as raised:
        open_session("sc://host/;token=secret", {}, "UTC")
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("url", ["", "spark", "localhost:7077", "local[", "--master"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match=r"engine\.url"):
        parse_settings({"engine": {"name": "spark", "url": url}})


def test_texts_are_read_as_duckdb_reads_them() -> None:
    text = spark_text(
        "select trim(a), regexp_full_match(a, 'x+'), try_cast(a as double) from raw.t as r"
    )
    assert "FROM raw__t AS r" in text
    assert "\u00a0" in text
    assert r"'\\A(?:x+)\\z'" in text
    assert "TRY_CAST(REGEXP_REPLACE(" in text
