"""Feeds from a real PostgreSQL through a refresh: by a recipe, and by canonical columns."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import polars as pl
import pytest

from assets.jobs import NIGHTLY_REFRESH
from assets.landing import _take_in
from assets.quiet import assets_of_tonight
from assets.resources import RefreshResource
from pipelines.contracts.sources import load_contracts
from pipelines.core.warehouse import fetch, open_warehouse, write
from pipelines.core.workspace import Workspace
from pipelines.erasure.erase import Erasure
from pipelines.ingest.load.ingest_report import IngestReport
from pipelines.ingest.profile.try_feed import try_feed
from pipelines.personal_data.pseudonyms import load_key, pseudonym_table
from tests.postgres import Server, postgres

SETTINGS = """
time_zone = "Europe/Zurich"

[feed]
clock = "own/clock"

[database.roster]
uri_from = "HR_URI"
query = "roster.sql"

[database.clock]
uri_from = "CLOCK_URI"
query = "clock.sql"
"""
RECIPE = """
title = "Clock"
layout = "of our own"
columns = ["badge", "began", "hours", "away"]
"""
SHIFTS = """
select badge as employee_id, local_day(began) as shift_date, hours as scheduled_hours,
    coalesce(away, '0') as absent_hours, _line
from delivery
"""
QUERY = "select badge, began, hours, extract(epoch from away) / 3600 as away from clock"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgres() as started:
        started.run("""
            create table staff as select * from (values
                ('E1', date '2026-01-01', date '2025-05-05', 'North', 'Red', 'agent'),
                ('E2', date '2026-01-01', date '2025-05-05', 'North', 'Red', 'agent')
            ) as t (employee_id, effective_date, hire_date, site, team, role);
            create table clock (badge text, began timestamptz, hours numeric(5, 2), away interval);
            insert into clock values
                ('E1', '2026-03-02 23:30+00', 8.25, null),
                ('E2', '2026-03-02 07:00+00', 6.50, '90 minutes');
            """)
        yield started


@pytest.fixture
def workspace(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("HR_URI", server.uri)
    monkeypatch.setenv("CLOCK_URI", server.uri)
    made = Workspace(tmp_path / "company")
    own = made.recipes / "own" / "clock"
    own.mkdir(parents=True)
    (own / "recipe.toml").write_text(RECIPE)
    (own / "shifts.sql").write_text(SHIFTS)
    (made.recipes / "roster.sql").write_text("select * from staff")
    (made.recipes / "clock.sql").write_text(QUERY)
    made.settings_file.write_text(SETTINGS)
    return made


def taken_in(workspace: Workspace, *sources: str) -> list[IngestReport]:
    """Take some sources in as one refresh does."""
    run = dg.DagsterRun(job_name=NIGHTLY_REFRESH, run_id=str(uuid.uuid4()))
    context: Any = SimpleNamespace(run=run, instance=None)
    resource = RefreshResource(workspace_root=str(workspace.root))
    with resource.yield_for_execution(context) as refresh:
        return [_take_in(refresh, load_contracts().source(name))[0] for name in sources]


def asked(workspace: Workspace, query: str) -> pl.DataFrame:
    with open_warehouse(workspace.warehouse_file, read_only=True) as con:
        return fetch(con, query)


def test_databases_are_read_by_recipes_and_by_canonical_columns(workspace: Workspace) -> None:
    roster, shifts = taken_in(workspace, "roster", "shifts")
    assert (roster.n_accepted, shifts.n_accepted) == (2, 2)
    rows = asked(workspace, "from staging.shifts select #1, #2::varchar, #3, #4 order by all")
    assert rows.rows() == [("E1", "2026-03-03", 8.25, 0.0), ("E2", "2026-03-02", 6.5, 1.5)]
    assert not workspace.landing.exists() or not any(workspace.landing.rglob("*.parquet"))
    roster, shifts = taken_in(workspace, "roster", "shifts")
    assert (roster.n_files_loaded, shifts.n_files_loaded) == (0, 0)
    assert len([*workspace.pulled.rglob("*.parquet")]) == 2
    assert assets_of_tonight(workspace) is None


def test_a_changed_record_is_a_new_delivery(server: Server, workspace: Workspace) -> None:
    taken_in(workspace, "roster", "shifts")
    server.run("update clock set hours = 7.75 where badge = 'E1'")
    try:
        (shifts,) = taken_in(workspace, "shifts")
    finally:
        server.run("update clock set hours = 8.25 where badge = 'E1'")
    assert (shifts.n_files_loaded, shifts.n_files_known) == (1, 1)
    assert asked(workspace, "select sum(scheduled_hours) as n from staging.shifts").item() == 14.25


def test_a_server_that_is_away_costs_an_optional_source_nothing_it_had(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken_in(workspace, "roster", "shifts")
    monkeypatch.setenv("HR_URI", "postgresql://u:s3cret-word@127.0.0.1:1/x")
    monkeypatch.setenv("CLOCK_URI", "postgresql://u:s3cret-word@127.0.0.1:1/x")
    roster, shifts = taken_in(workspace, "roster", "shifts")
    assert shifts.delivery_refusals == ()
    (told,) = shifts.gate_refusals
    assert told.startswith("clock/(the database) as shifts: nothing was taken: the database can't")
    assert "goes on counting and grows old" in told
    assert roster.gate_refusals == ()
    assert "roster/(the database)" in roster.delivery_refusals[0]
    open_now = (
        "select reason from quality.ingested_file where status = 'refused' and is_in_landing "
        "and source = 'shifts'"
    )
    assert asked(workspace, open_now).height == 1
    assert asked(workspace, "from staging.shifts").height == 2
    everything = [path.read_bytes() for path in workspace.root.rglob("*") if path.is_file()]
    assert not any(b"s3cret-word" in content for content in everything)
    monkeypatch.undo()
    assert asked(workspace, "from staging.roster").height == 2


def test_what_broke_is_no_longer_open_once_the_server_is_back(
    server: Server, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOCK_URI", "postgresql://u@127.0.0.1:1/x")
    taken_in(workspace, "roster", "shifts")
    monkeypatch.setenv("CLOCK_URI", server.uri)
    (shifts,) = taken_in(workspace, "shifts")
    assert (shifts.n_accepted, shifts.gate_refusals) == (2, ())
    refused = "select count(*) from ledger.file where status = 'refused' and is_in_landing"
    assert asked(workspace, refused).item() == 0


def test_an_erasure_removes_what_was_pulled_and_the_next_pull_leaves_them_out(
    workspace: Workspace,
) -> None:
    taken_in(workspace, "roster", "shifts")
    people = asked(workspace, "select employee_id from staging.roster")["employee_id"]
    with open_warehouse(workspace.warehouse_file) as con:
        key = load_key(workspace.pseudonym_key_file)
        write(con, "staging.pseudonym", pseudonym_table(key, people))
        con.execute("create table disclosure.contribution as from staging.pseudonym")
    erasure = Erasure(workspace, ("E1",), {})
    removed = erasure.remove(erasure.begin("now")).removed
    assert removed["pulled from databases"] == {"files": 2}
    assert not workspace.pulled.exists()
    assert erasure.traces() == []
    workspace.erasure_under_way_file.unlink()
    roster, shifts = taken_in(workspace, "roster", "shifts")
    assert roster.gate_refusals + shifts.gate_refusals == ()
    for source in ("roster", "shifts"):
        found = asked(workspace, f"select employee_id from staging.{source}")
        assert found["employee_id"].to_list() == ["E2"]
    assert erasure.traces() == []


def test_a_feed_can_be_tried_before_the_first_refresh(workspace: Workspace) -> None:
    told = "\n".join(try_feed(workspace, "clock").lines)
    assert "by the recipe own/clock" in told
    assert "2 records pulled" in told
    assert "2 records: 0 left out; 2 rows made of the others, 0 of them rejected" in told
    assert "by its canonical columns" in "\n".join(try_feed(workspace, "roster").lines)
    assert not workspace.pulled.exists()
