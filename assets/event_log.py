"""Dagster's run history in SQLite files, over connections that stay open.

Dagster's own storage opens and closes a database for every event, about two thousand times in a
refresh; that was two fifths of a small refresh's time. A machine that loses its power may lose the
newest events of a run with these settings, but no file: what was published, and what it was made
from, is written elsewhere.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster._core.storage.event_log.polling_event_watcher import SqlPollingEventWatcher
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sql import create_engine
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import StaticPool

from pipelines.core.expected_errors import in_own_words

_WAIT_SECONDS = 30
_MOST_OPEN = 4
"""How many databases stay open: the index, the run of now, and a few that somebody looks at."""


class RunHistory(SqliteEventLogStorage):
    """The same files at the same place as Dagster's default, ``$DAGSTER_HOME/history/runs``."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._watcher: SqlPollingEventWatcher | None = None
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """Nothing to configure: the files lie in Dagster's home."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Mapping[str, Any]) -> RunHistory:
        """Open the run history of the home that the environment names."""
        return cls(str(Path(os.environ["DAGSTER_HOME"]) / "history" / "runs"), inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            try:
                engine = self._engine(shard)
                with engine.connect() as connection, connection.begin():
                    yield connection
            except OperationalError as error:
                # Dagster prints what is raised here, and SQLAlchemy's words quote whole events.
                told = in_own_words(error)
                if told is None:
                    raise
                raise told from error

    def _engine(self, shard: str) -> Engine:
        """Return the open database of a run or of the index; the longest unused ones are closed."""
        if shard in self._engines:
            self._engines.move_to_end(shard)
            return self._engines[shard]
        engine = create_engine(
            self.conn_string_for_shard(shard),
            poolclass=StaticPool,  # one connection: `_db_lock` lets one thread in at a time
            connect_args={"timeout": _WAIT_SECONDS, "check_same_thread": False},
        )
        event.listen(engine, "connect", _write_without_waiting_for_the_disk)
        if shard not in self._initialized_dbs:
            self._initdb(engine)
            self._initialized_dbs.add(shard)
        self._engines[shard] = engine
        while len(self._engines) > _MOST_OPEN:
            self._engines.popitem(last=False)[1].dispose()
        return engine

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table, asked for some of every event; one that is there stays."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def watch(self, run_id: str, cursor: str | None, callback: Any) -> None:
        """Tell of a run's new events by asking for them: an open database's file stands still."""
        if self._watcher is None:
            self._watcher = SqlPollingEventWatcher(self)
        self._watcher.watch_run(run_id, cursor, callback)

    def end_watch(self, run_id: str, handler: Any) -> None:
        """Stop telling of a run."""
        if self._watcher is not None:
            self._watcher.unwatch_run(run_id, handler)

    def wipe(self) -> None:
        """Remove every run's events."""
        self._close()
        self._tables.clear()
        super().wipe()

    def dispose(self) -> None:
        """Close what is open."""
        if self._watcher is not None:
            self._watcher.close()
            self._watcher = None
        self._close()

    def _close(self) -> None:
        with self._db_lock:
            while self._engines:
                self._engines.popitem()[1].dispose()


def _write_without_waiting_for_the_disk(connection: Any, _: Any) -> None:
    connection.execute("pragma synchronous = normal")
