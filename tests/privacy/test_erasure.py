"""A person is erased from a workspace, with real refreshes and real kills.

Two workspaces: one from which an agent and a coach are erased, and one that never had them.
"""

from __future__ import annotations

import csv
import datetime as dt
import fcntl
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from pipelines.contracts.sources import load_contracts
from pipelines.core.warehouse import open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.ingest.load.ingest_source import ingest_source
from pipelines.personal_data.erased_people import mark
from pipelines.personal_data.erasure_registry import load_erased, load_erasure_key
from pipelines.personal_data.pseudonyms import load_key, pseudonym
from pipelines.simulation import write_sample
from tests.integration.direct import publish
from tests.integration.preloaded import start_module
from tests.integration.refreshing import (
    PROJECT,
    Ended,
    environment,
    fingerprint,
    private,
    published,
    refresh,
    run_to_end,
    scanned,
)
from tests.privacy.landing_rows import change_rows, renamed, without
from tests.privacy.traces import found_in

AGENT, COACH = "ZQX-77031", "KLP-99012"
SECRET = "a word that only this person's rows have: quodlibetical"
SPOILT = {
    "attrition": f" {AGENT} ,31.12.2025,voluntary,{SECRET}",
    "coaching_sessions": f"S-SPOILT,{AGENT},{COACH},when,30" + "," * 20 + SECRET,
    "fatigue_surveys": f"Q-SPOILT,{AGENT},2026-05-01,scores_0_100,999" + "," * 7,
    "roster": f"{AGENT},2026-13-01,2020-01-01,{SECRET},T,agent,{COACH},full_time,40",
    "training": f"{AGENT},{SECRET},soon,remote,4",
}
TIME_LIMIT_SECONDS = 300


def erase_command(workspace: Workspace, *arguments: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "assets.commands.erase",
        "--workspace",
        str(workspace.root),
        *arguments,
    ]


def erase(workspace: Workspace, *arguments: str) -> Ended:
    return scanned(workspace, run_to_end(erase_command(workspace, *arguments)))


def erase_until(workspace: Workspace, moment: Callable[[], bool]) -> None:
    """Start an erasure and kill it as soon as something holds."""
    arguments = erase_command(workspace, "--employee", AGENT, COACH)[2:]
    running = start_module(arguments, PROJECT, environment(), Path(os.devnull))
    deadline = time.monotonic() + TIME_LIMIT_SECONDS
    while not moment():
        assert running.exitcode is None, "it ended before the moment came"
        assert time.monotonic() < deadline
        time.sleep(0.002)
    running.kill()
    running.join()
    assert running.exitcode == -signal.SIGKILL


def write_landing(landing: Path) -> None:
    """The sample, with an agent and a coach of unmistakable names."""
    write_sample(landing, n_agents=130, months=12, seed=5)
    with (landing / "coaching_sessions" / "coaching_sessions.csv").open(newline="") as file:
        first = next(csv.DictReader(file))
    change_rows(landing, renamed({first["employee_id"]: AGENT, first["coach_id"]: COACH}))


def spoil(landing: Path) -> None:
    """Rows of the agent that break a rule, one in nearly every source."""
    for source, line in SPOILT.items():
        with (landing / source / f"{source}.csv").open("a") as file:
            file.write(line + "\n")


@dataclass(frozen=True)
class Story:
    """What happened to the workspace; ``before`` is what had been published."""

    workspace: Workspace
    landing_before: dict[str, str]
    names: tuple[str, ...]
    before: pl.DataFrame
    refused: Ended
    erased: Ended

    @property
    def receipt(self) -> Path:
        return self.workspace.receipts / "000001.json"


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    workspace = Workspace(tmp_path_factory.mktemp("erased"))
    write_landing(workspace.landing)
    spoil(workspace.landing)
    landing_before = fingerprint(workspace.landing)
    publish(workspace)
    assert found_in([AGENT], workspace.quarantine)
    key = load_key(workspace.pseudonym_key_file)
    before = published(workspace, "select * from quality.ingested_file order by source, file")
    erase_until(workspace, workspace.erasure_under_way_file.exists)
    refused = refresh(workspace)
    erase_until(workspace, workspace.rewritten_warehouse_file.exists)
    erased = erase(workspace, "--employee", AGENT, COACH)
    assert erased.status == 0, erased.output
    names = (AGENT, COACH, pseudonym(key, AGENT), pseudonym(key, COACH), SECRET)
    return Story(workspace, landing_before, names, before, refused, erased)


def test_nothing_is_published_between_a_kill_and_its_continuation(story: Story) -> None:
    assert story.refused.status == 1
    assert "run `make erase` again" in story.refused.last_line


def test_the_last_line_says_what_happened(story: Story) -> None:
    said = "erased 2 people, data until 2026-10-31, comparisons to 2026-10-31 made (erasure)"
    assert story.erased.last_line.startswith(said)
    told = published(story.workspace, "select cause, comparison_until from meta.cut").row(0)
    assert told == ("erasure", dt.date(2026, 10, 31))
    causes = published(story.workspace, "select cut_cause from meta.refresh order by refresh_id")
    assert causes["cut_cause"].to_list()[-1] == "erasure"
    assert story.erased.last_line.endswith("receipt private/receipts/000001.json")
    assert AGENT not in story.erased.output
    assert not story.workspace.erasure_under_way_file.exists()


def test_landing_is_untouched(story: Story) -> None:
    assert fingerprint(story.workspace.landing) == story.landing_before
    assert found_in([AGENT, COACH], story.workspace.landing)


def test_no_byte_of_them_is_left_outside_landing(story: Story) -> None:
    workspace = story.workspace
    assert found_in(story.names, workspace.private, workspace.published) == set()
    for path in workspace.raw.rglob("*.parquet"):
        texts = [field.name for field in pq.read_schema(path) if "str" in str(field.type)]
        columns = pq.read_table(path, columns=texts, read_dictionary=texts).columns
        content = str([chunk.dictionary for column in columns for chunk in column.chunks])
        content += str(pq.read_table(path).to_pylist())
        assert not [name for name in story.names if name in content], path.name
    assert {path.name for path in workspace.root.iterdir()} == {
        "landing",
        "private",
        "published",
        "truth.json",
    }


def test_others_rows_stay_and_have_a_mark(story: Story) -> None:
    key = load_erasure_key(story.workspace.erasure_key_file)
    marks = private(
        story.workspace,
        "select count(*) as n_sessions, count(distinct employee_id) as n_people "
        f"from staging.coaching_sessions where coach_id = '{mark(key, COACH)}'",
    ).row(0)
    assert marks[0] > 20
    assert marks[1] > 5


def test_every_row_is_still_accounted_for(story: Story) -> None:
    files = published(story.workspace, "select * from quality.ingested_file order by source, file")
    told_apart = ["source", "file", "first_seen_at"]
    assert files.select(told_apart).equals(story.before.select(told_apart))
    assert files["n_rows"].to_list() == story.before["n_rows"].to_list()
    counted = files["n_accepted"] + files["n_quarantined"] + files["n_superseded"]
    counted += files["n_skipped"] + files["n_set_aside"]
    assert counted.to_list() == files["n_rows"].to_list()
    assert story.before["n_quarantined"].sum() == len(SPOILT)
    assert files["n_quarantined"].sum() == 0
    assert (files["n_superseded"] > story.before["n_superseded"]).sum() > 5


@pytest.fixture(scope="module")
def never_had(story: Story, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace whose data never had the agent, nor a coach of that name."""
    workspace = Workspace(tmp_path_factory.mktemp("never"))
    write_landing(workspace.landing)
    key = load_erasure_key(story.workspace.erasure_key_file)
    change_rows(workspace.landing, without({AGENT, COACH}))
    change_rows(workspace.landing, renamed({COACH: mark(key, COACH)}))
    workspace.prepare()
    shutil.copy(story.workspace.pseudonym_key_file, workspace.pseudonym_key_file)
    return publish(workspace)


def outcome_tables(workspace: Workspace) -> Iterator[tuple[str, pl.DataFrame]]:
    names = private(
        workspace,
        "select table_schema || '.' || table_name as name from information_schema.tables "
        "where table_schema in ('outcomes', 'marts') order by name",
    )
    for name in names["name"]:
        yield name, private(workspace, f"select * from {name} order by all")


@pytest.mark.slow  # quicker: the staged rows, in test_erasure_ingest.py
def test_every_estimate_equals_that_of_a_run_without_them(
    story: Story, never_had: Workspace
) -> None:
    theirs = dict(outcome_tables(never_had))
    assert theirs["outcomes.comparison"]["estimate"].drop_nulls().len() > 50
    for name, frame in outcome_tables(story.workspace):
        assert_same(name, frame, theirs.pop(name))
    assert not theirs


def assert_same(name: str, ours: pl.DataFrame, theirs: pl.DataFrame) -> None:
    assert ours.schema == theirs.schema
    assert ours.height == theirs.height, name
    for column in ours.columns:
        first, second = ours[column], theirs[column]
        if first.dtype.is_float():
            assert (first.is_null() == second.is_null()).all(), f"{name}.{column}"
            distance = (first - second).abs().max()
            assert distance is None or float(str(distance)) < 1e-12, f"{name}.{column}: {distance}"
        elif column not in ("file_id", "line_number"):
            assert first.equals(second), f"{name}.{column}"


def test_the_receipt_verifies_and_names_nobody(story: Story) -> None:
    text = story.receipt.read_text()
    content = json.loads(text)
    assert not [name for name in story.names if name in text]
    assert story.receipt.stat().st_mode & 0o777 == 0o600
    assert content["removed"]["raw"]["rows"] > 300, "counted although it was killed twice"
    assert content["removed"]["raw"]["cells"] > 20
    assert content["removed"]["quarantine"] == {"files": 5, "rows": 5, "cells": 0}
    assert content["removed"]["warehouse marts"]["rows"] > 100
    ended = erase(story.workspace, "--verify", str(story.receipt), "--employee", AGENT, COACH)
    assert (ended.status, ended.last_line.split()[0]) == (0, "verified"), ended.output


def test_a_changed_receipt_does_not_verify(story: Story, tmp_path: Path) -> None:
    changed = tmp_path / "000001.json"
    changed.write_text(story.receipt.read_text().replace('"rows": 5', '"rows": 6'))
    ended = erase(story.workspace, "--verify", str(changed))
    assert ended.status == 1
    assert "its seal doesn't fit" in ended.last_line
    other = erase(story.workspace, "--verify", str(story.receipt), "--employee", "E100001")
    assert other.status == 1
    assert "isn't about all who were named" in other.last_line


def test_what_was_put_back_is_found_when_the_receipt_is_verified(story: Story) -> None:
    backup = story.workspace.private / "old copy.csv"
    backup.write_text(f"{AGENT},2026-01-01\n")
    try:
        ended = erase(story.workspace, "--verify", str(story.receipt), "--employee", AGENT)
        assert ended.status == 1
        assert "found    private/old copy.csv: 1 times" in ended.output
    finally:
        backup.unlink()


def test_nobody_is_erased_who_is_not_here(story: Story) -> None:
    before = fingerprint(story.workspace.private)
    ended = erase(story.workspace, "--employee", "NOBODY-17")
    assert ended.status == 1
    assert "is nobody's here" in ended.last_line
    after = fingerprint(story.workspace.private)
    assert {name for name in before if before[name] != after.get(name)} <= {
        "refresh.lock",
        "dagster/dagster.yaml",
    }
    assert len(list(story.workspace.receipts.iterdir())) == 1


def test_an_erasure_waits_for_nobody(story: Story) -> None:
    with story.workspace.lock_file.open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        ended = erase(story.workspace, "--employee", AGENT)
    assert ended.status == 1
    assert "another refresh of this workspace is running" in ended.last_line


def test_they_do_not_come_back_with_the_next_full_export(story: Story) -> None:
    """Runs last: a new delivery has their rows again, and one of another with the coach's name."""
    workspace = story.workspace
    landing = workspace.landing_source("roster")
    shutil.copy(landing / "roster.csv", landing / "roster_again.csv")
    with (landing / "roster_again.csv").open("a") as file:
        file.write(f"E100001,2026-10-30,2020-01-01,Aster,T,agent,{COACH},full_time,40\n")
    with open_warehouse(workspace.warehouse_file) as con:
        report = ingest_source(
            con,
            load_contracts().source("roster"),
            landing,
            raw=workspace.raw,
            now=dt.datetime.now(dt.UTC),
            quarantine=workspace.quarantine / "roster",
            erased=load_erased(workspace.erasure_list_file, workspace.erasure_key_file),
        )
    assert (report.n_files_loaded, report.n_files_known) == (1, 1)
    assert report.n_superseded >= 2
    assert found_in(story.names, workspace.private, workspace.published) == set()
    assert found_in([mark(load_erasure_key(workspace.erasure_key_file), COACH)], workspace.private)
