"""Events over connections that stay open: Dagster's own storage reads and writes the same."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage
from sqlalchemy import text

from assets import event_log
from assets.event_log import RunHistory
from pipelines.core.errors import DiskFullError

SETTINGS = "event_log_storage:\n  module: assets.event_log\n  class: RunHistory\n"


@dg.asset(check_specs=[dg.AssetCheckSpec("is_there", asset="number")])
def number() -> dg.MaterializeResult:
    """An asset with a check."""
    return dg.MaterializeResult(
        metadata={"rows": 3}, check_results=[dg.AssetCheckResult(passed=True)]
    )


def test_a_run_reads_the_same_through_dagsters_own_storage(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    (tmp_path / "dagster.yaml").write_text(SETTINGS)
    told: list[str] = []
    over = threading.Event()

    def listen(entry: dg.EventLogEntry, _cursor: str) -> None:
        if entry.dagster_event is not None:
            told.append(entry.dagster_event.event_type_value)
            if entry.dagster_event.is_job_success:
                over.set()

    with dg.DagsterInstance.get() as instance:
        assert isinstance(instance.event_log_storage, RunHistory)
        runs = [
            dg.materialize([number], instance=instance, raise_on_error=False).run_id
            for _ in range(6)  # more than stay open at once
        ]
        instance.watch_event_logs(runs[0], None, listen)
        assert over.wait(20)
        instance.end_watch_event_logs(runs[0], listen)
    (tmp_path / "dagster.yaml").unlink()
    with dg.DagsterInstance.get() as instance:
        assert type(instance.event_log_storage) is SqliteEventLogStorage
        assert [run.run_id for run in instance.get_runs()] == runs[::-1]
        event = instance.get_latest_materialization_event(dg.AssetKey("number"))
        assert event is not None and event.run_id == runs[-1]
        stored = instance.all_logs(runs[0])
        assert [
            each.dagster_event.event_type_value for each in stored if each.dagster_event
        ] == told
        assert "ASSET_CHECK_EVALUATION" in told


def test_a_full_disk_is_told_in_our_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dagster prints what its storage raises, and SQLAlchemy quotes the event that it wrote."""
    plain = event_log._write_without_waiting_for_the_disk

    def full(connection: Any, record: Any) -> None:
        plain(connection, record)
        connection.execute("pragma max_page_count = 3")

    storage = RunHistory(str(tmp_path))
    with storage._connect("index") as con:
        con.execute(text("select 1"))
    storage.dispose()
    monkeypatch.setattr(event_log, "_write_without_waiting_for_the_disk", full)
    with pytest.raises(DiskFullError), storage._connect("index") as con:
        con.execute(text("create table t as select randomblob(1000000) as b"))
    storage.dispose()
