"""What several folders of tests share."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from dashboards.browser import VARIABLE
from pipelines.quality import expectations
from tests import asked_once, judged_once, one_engine
from tests.chromium import launch_settings

os.environ.setdefault(VARIABLE, "")  # refreshes in tests make no PDF unless a test asks for it
settings.register_profile("shared", deadline=None)  # a busy machine is no fault of the code
settings.load_profile("shared")


TESTS = Path(__file__).resolve().parent
SHARED = TESTS.parents[1] / "shared"
GARBAGE_THRESHOLDS = (50_000, 20, 50)
"""How many new objects, and collections of younger ones, go before garbage is looked for."""
LONGEST_FIRST = (
    "integration/test_nights.py",
    "integration/test_gate.py",
    "integration/test_cuts.py",
    "privacy/test_erasure.py",
    "browser/test_every_page.py",
    "disclosure/test_worlds.py",
    "disclosure/test_attacks.py",
    "known_truth/test_ten_seeds.py",
    "integration",
    "privacy",
    "faults",
    "browser",
    "hostile_files",
)
"""Files and folders whose tests take long: a worker that gets one last keeps the other waiting."""


def pytest_collection_finish() -> None:
    """Look for no garbage among what was imported and collected: it stays, and there is much."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put long files first; leave out tests about data that may not be passed on and isn't here."""
    items.sort(key=_turn)
    if SHARED.exists():
        return
    outside = [item for item in items if item.get_closest_marker("outside_data")]
    config.hook.pytest_deselected(items=outside)
    items[:] = [item for item in items if item not in outside]


def _turn(item: pytest.Item) -> int:
    """When a test's file has its turn; files of one turn stay in their order."""
    file = item.path.relative_to(TESTS).as_posix()
    turns = enumerate(LONGEST_FIRST)
    return next((n for n, start in turns if file.startswith(start)), len(LONGEST_FIRST))


@pytest.fixture(scope="session", autouse=True)
def each_value_is_judged_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Great Expectations is asked once about the same values of the same check.

    And the database about the same texts of the same column.
    """
    folder = shared_folder(tmp_path_factory) / "judged"
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(judged_once.VARIABLE, str(folder))
        patch.setattr(expectations, "_run_checkpoint", expectations._run_checkpoint)
        judged_once.keep_judgements()
        asked_once.keep_answers(patch)
        yield


@pytest.fixture(scope="session", autouse=True)
def one_engine_serves_what_is_in_memory() -> Iterator[None]:
    """Warehouses in memory are databases of one DuckDB, which takes long to start."""
    with pytest.MonkeyPatch.context() as patch:
        one_engine.serve(patch)
        yield


def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a test run that all its workers share."""
    root = tmp_path_factory.getbasetemp()
    return root.parent if root.name.startswith("popen-") else root


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A real Chromium, one per session, because Playwright holds an event loop while it is open."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(**launch_settings())
        yield chromium
        chromium.close()
