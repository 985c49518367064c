"""A step that our own limit of memory starves is made again with more; a set limit holds."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from assets.resources import RefreshResource
from pipelines.core import engine_limits
from pipelines.core.engine_limits import EngineLimits, keep_to, kept_to, loosen
from pipelines.core.workspace import Workspace

LIST = "create or replace table marts.numbers as select list(range) as n from range(4_000_000)"


@pytest.fixture(autouse=True)
def little_memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = kept_to()
    monkeypatch.setattr(engine_limits, "LEAST_BYTES", 40_000_000)
    monkeypatch.setattr(engine_limits, "BYTES_PER_THREAD", 1)
    yield
    keep_to(before)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "landing").mkdir()
    return Workspace(tmp_path)


@dg.asset
def numbers(context: dg.AssetExecutionContext, refresh: RefreshResource) -> int:
    """A list, which can't spill."""
    with refresh.connect() as con:
        con.execute(LIST)
    return context.retry_number


def made(workspace: Workspace) -> dg.ExecuteInProcessResult:
    resource = RefreshResource(workspace_root=str(workspace.root))
    return dg.materialize([numbers], resources={"refresh": resource}, raise_on_error=False)


def test_a_step_is_made_again_with_twice_as_much_until_it_is_enough(workspace: Workspace) -> None:
    run = made(workspace)
    assert run.success
    assert kept_to().times == 2 ** run.output_for_node("numbers") > 1


def test_a_limit_that_was_set_is_kept(workspace: Workspace) -> None:
    workspace.settings_file.write_text('[limits]\nmemory = "40MB"\n')
    run = made(workspace)
    assert not run.success
    assert not [each for each in run.all_events if each.event_type_value == "STEP_UP_FOR_RETRY"]


def test_no_more_is_taken_than_half_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_limits, "_machine_bytes", lambda: 200_000_000)
    keep_to(EngineLimits())
    taken = [kept_to().memory_beside(0)]
    while loosen(0):
        taken.append(kept_to().memory_beside(0))
    assert taken == ["40MB", "80MB", None]
