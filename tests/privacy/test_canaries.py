"""Nothing of a person is found by bytes where others read, however the night ended.

There is a night that went well, one that was refused, one that was killed and one that failed in
the middle of somebody's data. Searched are the publication, Dagster's storage (events, metadata,
checks, captured output) and all that a refresh printed. The tests follow one another.
"""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from pipelines.core.workspace import Workspace
from pipelines.personal_data.pseudonyms import KEY_VARIABLE
from tests.integration.refreshing import killed_at, program, published, refresh
from tests.privacy.canaries import (
    EVERYWHERE,
    MAIL,
    NAME,
    NOTE,
    PHONE_AS_NUMBER,
    RAW_ID,
    refuse_tonight,
    write_canaries,
)
from tests.privacy.traces import found_in


def searched(workspace: Workspace) -> tuple[Path, ...]:
    """Where others than the administrators read, or programs that others read."""
    return workspace.published, workspace.dagster_home


def nothing_in(text: str) -> bool:
    return not [word for word in (*EVERYWHERE, PHONE_AS_NUMBER) if word in text]


def assert_silent(workspace: Workspace, output: str) -> None:
    key = workspace.pseudonym_key_file.read_text().strip()
    assert nothing_in(output), output
    assert key not in output
    assert found_in((*EVERYWHERE, key), *searched(workspace)) == set()


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = Workspace(tmp_path_factory.mktemp("canaries"))
    write_canaries(workspace)
    return workspace


@pytest.fixture(scope="module")
def good_night(centre: Workspace) -> tuple[Workspace, str]:
    ended = refresh(centre)
    assert ended.status == 0, ended.output
    return centre, ended.output


def test_the_search_finds_what_is_there(good_night: tuple[Workspace, str]) -> None:
    """In the private folder everything stands; if this fails, the other tests prove nothing."""
    workspace, _ = good_night
    in_private = found_in(EVERYWHERE, workspace.private)
    by_file = {file.partition("/")[0] for _, file in in_private}
    assert {"warehouse.duckdb", "quarantine"} <= by_file
    assert {NAME, MAIL, NOTE, RAW_ID} <= {word for word, _ in in_private}
    shown = published(workspace, "select any_value(agent_key) from marts.agent").item()
    assert found_in([shown], workspace.published) == {(shown, "analytics.duckdb")}
    assert "raw/roster" in good_night[1] and found_in(["coaching_sessions"], workspace.dagster_home)


def test_nothing_is_found_after_a_good_night(good_night: tuple[Workspace, str]) -> None:
    assert_silent(*good_night)


def test_nothing_is_found_after_a_refused_night(good_night: tuple[Workspace, str]) -> None:
    workspace, _ = good_night
    refuse_tonight(workspace)
    ended = refresh(workspace)
    assert ended.status == 2, ended.output
    last = ended.last_line
    assert "roster/roster-2.csv" in last and "line 2, column hire_date: the value (" in last
    assert "private/quarantine/roster/roster-2.csv" in last
    assert_silent(workspace, ended.output)
    (workspace.landing_source("roster") / "roster-2.csv").unlink()


def test_nothing_is_found_after_a_killed_night(good_night: tuple[Workspace, str]) -> None:
    workspace, _ = good_night
    killed = killed_at("marts/coaching_episode", workspace)
    assert killed.status == -signal.SIGKILL, killed.output
    assert_silent(workspace, killed.output)


def test_nothing_is_found_after_an_error_that_quotes_somebody(
    good_night: tuple[Workspace, str],
) -> None:
    workspace, _ = good_night
    done = program("quotes_somebody", "--workspace", str(workspace.root))
    assert done.status == 1, done.output
    last = done.last_line
    assert last.startswith("failed ConversionException in assets/preparation.py line")
    assert "its own words are withheld" in last
    assert "the last good publication is untouched" in last
    assert_silent(workspace, done.output)


@pytest.mark.slow  # quicker: what lies in a file is searched for above
def test_the_key_of_the_environment_is_never_told(
    good_night: tuple[Workspace, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, _ = good_night
    too_short = "canary-of-a-key-too-short"
    monkeypatch.setenv(KEY_VARIABLE, too_short)
    ended = refresh(workspace)
    assert ended.status == 1, ended.output
    assert KEY_VARIABLE in ended.last_line
    assert too_short not in ended.output
    assert found_in([too_short], workspace.private, workspace.published) == set()
