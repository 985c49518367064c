"""What several folders of tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from dashboards.browser import VARIABLE
from tests.chromium import ARGUMENTS, find_chromium

os.environ.setdefault(VARIABLE, "")  # refreshes in tests make no PDF unless a test asks for it
for threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(threads, "1")  # both cores have a worker already
settings.register_profile("shared", deadline=None)  # a busy machine is no fault of the code
settings.load_profile("shared")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A real Chromium, one per session, because Playwright holds an event loop while it is open."""
    path = find_chromium()
    if path is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield chromium
        chromium.close()
