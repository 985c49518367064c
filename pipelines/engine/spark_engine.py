"""SQL models and the warehouse in, the models' tables in the warehouse out: computed in Spark.

What a model reads goes to Spark as Parquet, once per refresh; what it makes comes back as Parquet,
and is what later models read there. Only the folder of exchange is shared: the session may run on
other machines, if they see it under the same path. It holds people's rows, so it is emptied at
both ends.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pipelines.core.errors import PipelineError
from pipelines.core.sql_models import SqlModel, Table
from pipelines.core.warehouse import Connection, load_parquet, save_parquet
from pipelines.core.workspace import PRIVATE_MODE
from pipelines.engine.spark_session import open_session
from pipelines.engine.spark_text import spark_text, view_name


class SparkError(PipelineError):
    """Spark couldn't make a table; what it says of it names no value."""


@dataclass
class SparkEngine:
    """A session, the folder that it and DuckDB exchange tables in, and what it has been given."""

    open_session: Callable[[], Any]
    folder: Path
    given: set[Table] = field(default_factory=set)

    @cached_property
    def session(self) -> Any:
        """The session, opened when a model is first made."""
        self.folder.mkdir(mode=PRIVATE_MODE)
        return self.open_session()

    def close(self) -> None:
        """End the session, if there is one, and empty the folder."""
        if "session" in self.__dict__:
            self.session.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def build(self, con: Connection, model: SqlModel) -> int:
        """Replace the model's table by what Spark makes of its query; returns its rows."""
        session = self.session
        for table in model.depends_on:
            if table not in self.given:
                self._give(con, table)
        made = self._place(model.table)
        query = spark_text(model.path.read_text(encoding="utf-8"))
        try:
            session.sql(query).write.mode("overwrite").parquet(str(made))
        except Exception as error:
            raise SparkError(_without_values(model, error)) from None
        n_rows = load_parquet(con, ".".join(model.table), made)
        if model.schema == "marts":
            self._show(model.table)
        else:  # what is staged goes on to change here, delivery by delivery
            self.given -= {*model.depends_on}
            shutil.rmtree(made, ignore_errors=True)
        return n_rows

    def _give(self, con: Connection, table: Table) -> None:
        """Hand over a table that DuckDB has."""
        place = self._place(table)
        place.mkdir(mode=PRIVATE_MODE, exist_ok=True)
        save_parquet(con, ".".join(table), place / "rows.parquet")
        self._show(table)

    def _show(self, table: Table) -> None:
        """Let later queries read a table from its folder."""
        frame = self.session.read.parquet(str(self._place(table)))
        frame.createOrReplaceTempView(view_name(table))
        self.given.add(table)

    def _place(self, table: Table) -> Path:
        return self.folder / view_name(table)


@contextmanager
def open_spark_engine(
    url: str, options: Mapping[str, str], time_zone: str, folder: Path
) -> Iterator[SparkEngine]:
    """An engine whose session ends and whose folder goes with the block."""
    shutil.rmtree(folder, ignore_errors=True)  # a killed refresh may have left it
    engine = SparkEngine(lambda: open_session(url, options, time_zone), folder)
    try:
        yield engine
    finally:
        engine.close()


def _without_values(model: SqlModel, error: Exception) -> str:
    """What went wrong by Spark's own name for it: its message may quote a person's data."""
    named = getattr(error, "getCondition", lambda: None)() or type(error).__name__
    return (
        f"Spark could not make {model.schema}.{model.name}: {named}. The table stays as it was; "
        '`[engine] name = "duckdb"` makes the same table on this machine'
    )
