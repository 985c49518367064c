"""Axe's rules on an open page."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe

ALL = {"resultTypes": ["violations"]}
CONTRAST = {**ALL, "runOnly": ["color-contrast"]}
"""The one rule that a colour scheme can break, for a page whose other rules are tried elsewhere."""


def assert_accessible(page: Any, rules: dict[str, Any] = ALL) -> None:
    """No rule is broken; who breaks which stands in the message."""
    response = Axe().run(page, options=rules).response
    told = [(v["id"], [n["target"] for n in v["nodes"]][:5]) for v in response["violations"]]
    assert told == [], page.url
