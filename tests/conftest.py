"""What several folders of tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from dashboards.browser import VARIABLE
from tests.chromium import launch_settings

os.environ.setdefault(VARIABLE, "")  # refreshes in tests make no PDF unless a test asks for it
for threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(threads, "1")  # both cores have a worker already
settings.register_profile("shared", deadline=None)  # a busy machine is no fault of the code
settings.load_profile("shared")


SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out tests about data that may not be passed on where it isn't there."""
    if SHARED.exists():
        return
    outside = [item for item in items if item.get_closest_marker("outside_data")]
    config.hook.pytest_deselected(items=outside)
    items[:] = [item for item in items if item not in outside]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A real Chromium, one per session, because Playwright holds an event loop while it is open."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(**launch_settings())
        yield chromium
        chromium.close()
