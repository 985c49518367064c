"""Sites built into a temporary folder, and their pages opened in a real Chromium."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboards.build import PAGE_BUILDERS, shared_files
from dashboards.number_format import written_in
from dashboards.vendor import find_bundle
from tests.browser.published import publication, served
from tests.figures.claim_worlds import CLAIM_WORLDS, checked
from tests.figures.outcome_worlds import OUTCOME_WORLDS
from tests.figures.quality_worlds import QUALITY_WORLDS
from tests.figures.workforce_worlds import WORKFORCE_WORLDS
from tests.figures.worlds import WORLDS

__all__ = ["publication", "served"]

Open = Callable[..., Any]
ALL_WORLDS = {
    **WORLDS,
    **QUALITY_WORLDS,
    **CLAIM_WORLDS,
    **WORKFORCE_WORLDS,
    **OUTCOME_WORLDS,
    "checked": checked,
}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """Return a function that builds a page of a world once, with what its scripts need."""
    root = tmp_path_factory.mktemp("sites")
    bundle = find_bundle()

    def build(name: str, file: str) -> Path:
        page = root / name / file
        if not page.exists():
            page.parent.mkdir(exist_ok=True)
            data = ALL_WORLDS[name]()
            with written_in(data.notation):
                page.write_text(PAGE_BUILDERS[file](data, bundle.font_base64), "utf-8")
            for path, text in shared_files(data, bundle).items():
                (page.parent / path).parent.mkdir(parents=True, exist_ok=True)
                (page.parent / path).write_text(text, "utf-8")
        return page

    return build


@pytest.fixture
def open_page(browser: Any, site: Callable[[str, str], Path]) -> Iterator[Open]:
    """Return a function that opens a world's page from disk and waits until it is drawn.

    What the page asked for and complained about stands in ``page.asked`` and ``page.complaints``.
    """
    contexts = []

    def open_world(
        name: str,
        width: int = 1440,
        dark: bool = False,
        height: int = 900,
        file: str = "outcomes.html",
    ) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            accept_downloads=True,
        )
        contexts.append(context)
        page = context.new_page()
        page.asked, page.complaints = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda said: page.complaints.append(f"{said.type}: {said.text}"))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(site(name, file).as_uri())
        page.wait_for_selector("html[data-ready]", timeout=20_000)
        return page

    yield open_world
    for context in contexts:
        context.close()
