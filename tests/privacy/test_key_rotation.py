"""A new key: everybody has another pseudonym everywhere, and no number changes."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from pipelines.core.workspace import Workspace
from pipelines.personal_data.erased_people import FOR_GOOD
from pipelines.personal_data.erasure_registry import add_people, load_erased
from pipelines.personal_data.pseudonyms import KEY_VARIABLE, new_key
from pipelines.simulation import write_sample
from tests.integration.direct import publish
from tests.integration.refreshing import (
    Ended,
    private,
    published,
    run_to_end,
    scanned,
)
from tests.privacy.traces import found_in

pytestmark = pytest.mark.slow  # pseudonyms under a key: tests/unit/test_pseudonyms.py

PEOPLE = "select employee_id, person_key from staging.pseudonym order by employee_id"
EPISODES = "select * from marts.coaching_episode order by all"
"""A mart that stands between cuts."""
ESTIMATES = (
    "select * exclude (data_until) from outcomes.comparison "
    "order by outcome, horizon_days, design, estimand, segment, segment_value"
)


def rotate(workspace: Workspace, **more: str) -> Ended:
    arguments = ["-m", "assets.commands.rotate_key", "--workspace", str(workspace.root)]
    return scanned(workspace, run_to_end([sys.executable, *arguments], **more))


@dataclass(frozen=True)
class Rotated:
    """A workspace before and after its key was changed."""

    workspace: Workspace
    people: pl.DataFrame
    estimates: pl.DataFrame
    agents: pl.DataFrame
    episodes: pl.DataFrame
    ended: Ended


@pytest.fixture(scope="module")
def rotated(tmp_path_factory: pytest.TempPathFactory) -> Rotated:
    workspace = Workspace(tmp_path_factory.mktemp("rotated"))
    write_sample(workspace.landing, n_agents=130, months=12, seed=5)
    publish(workspace)
    return Rotated(
        workspace,
        private(workspace, PEOPLE),
        published(workspace, ESTIMATES),
        published(workspace, "select * from marts.agent"),
        published(workspace, EPISODES),
        rotate(workspace),
    )


def test_everybody_has_another_pseudonym_and_the_old_ones_are_nowhere(rotated: Rotated) -> None:
    assert rotated.ended.status == 0, rotated.ended.output
    assert rotated.ended.last_line.startswith("published ")
    now = private(rotated.workspace, PEOPLE)
    assert now["employee_id"].equals(rotated.people["employee_id"])
    assert not (now["person_key"] == rotated.people["person_key"]).any()
    old = rotated.people["person_key"].gather_every(9).to_list()  # all were made the same way
    assert found_in(old, rotated.workspace.private, rotated.workspace.published) == set()


def test_no_number_changes(rotated: Rotated) -> None:
    assert "stand: no estimate changed" in rotated.ended.last_line
    now = published(rotated.workspace, ESTIMATES)
    for column, kind in now.schema.items():
        before, after = rotated.estimates[column], now[column]
        if kind.is_float():
            assert (before.is_null() == after.is_null()).all()
            assert float(str((before - after).abs().max() or 0.0)) < 1e-12, column
        else:
            assert before.equals(after), column


def test_every_table_has_the_same_new_pseudonym(rotated: Rotated) -> None:
    new = dict(
        rotated.people.join(private(rotated.workspace, PEOPLE), on="employee_id")
        .select("person_key", "person_key_right")
        .iter_rows()
    )
    keys = [name for name in rotated.agents.columns if name.endswith("_key")]
    assert len(keys) >= 2
    renamed = rotated.agents.with_columns(pl.col(keys).replace_strict(new, default=None))
    now = published(rotated.workspace, "select * from marts.agent")
    assert renamed.sort("agent_key").equals(now.sort("agent_key"))
    people = ("agent_key", "coach_key")
    episodes = rotated.episodes.with_columns(pl.col(people).replace_strict(new, default=None))
    order = episodes.columns
    assert episodes.sort(order).equals(published(rotated.workspace, EPISODES).sort(order))
    assert episodes.height > 80


def test_every_file_has_the_mode_it_should(rotated: Rotated) -> None:
    workspace = rotated.workspace
    for path in (workspace.private, *workspace.private.rglob("*")):
        expected = 0o700 if path.is_dir() else 0o600
        assert path.stat().st_mode & 0o777 == expected, path.relative_to(workspace.root)
    for path in (workspace.published, *workspace.published.rglob("*")):
        is_for_analysts = path.name in ("analytics.duckdb", "manifest.json")
        expected = 0o755 if path.is_dir() else 0o640 if is_for_analysts else 0o644
        assert path.stat().st_mode & 0o777 == expected, path.relative_to(workspace.root)
    assert not workspace.unpublished


def test_a_key_from_the_environment_is_changed_there(rotated: Rotated) -> None:
    before = rotated.workspace.pseudonym_key_file.read_bytes()
    ended = rotate(rotated.workspace, **{KEY_VARIABLE: os.urandom(32).hex()})
    assert ended.status == 1
    assert KEY_VARIABLE in ended.last_line
    assert rotated.workspace.pseudonym_key_file.read_bytes() == before


def test_the_list_of_erased_people_has_a_key_of_its_own(tmp_path: Path) -> None:
    """Whatever becomes of the pseudonyms' key, who was erased is still recognised."""
    workspace = Workspace(tmp_path)
    workspace.prepare()
    files = (workspace.erasure_list_file, workspace.erasure_key_file)
    add_people(*files, {"ZQX-77031": FOR_GOOD})
    new_key(workspace.pseudonym_key_file)
    assert load_erased(*files).is_erased("ZQX-77031")
    workspace.pseudonym_key_file.unlink()
    assert load_erased(*files).is_erased("ZQX-77031")
