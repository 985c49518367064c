"""What every page of the site owes its readers, tried on the pages around the overview."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.accessibility import assert_accessible

Open = Callable[..., Any]
PAGES = [
    ("claims.html", "mixed"),
    ("wellbeing.html", "odd_labels"),
]
FURTHER = [
    ("method.html", "checked"),
    ("parts.html", "differing"),
    ("claims.html", "without_register"),
    ("retention.html", "with_parts"),
    ("retention.html", "not_reportable"),
    ("wellbeing.html", "with_parts"),
    ("absence.html", "with_parts"),
    ("absence.html", "missing_sources"),
    ("customers.html", "with_parts"),
    ("your-data.html", "clear_difference"),
]
"""Worlds whose pages look like the ones before, and like the publication's in `test_every_page`."""
WIDTHS = (320, 390, 768, 1440, 1920)


@pytest.mark.parametrize(
    ("file", "name"), [*PAGES, *(pytest.param(*each, marks=pytest.mark.slow) for each in FURTHER)]
)
def test_every_page_keeps_what_it_owes(open_page: Open, file: str, name: str) -> None:
    page = open_page(name, file=file)
    folder = page.url.rsplit("/", 1)[0]
    assert all(url.startswith((f"{folder}/", "data:")) for url in page.asked)
    assert page.complaints == []
    assert_every_column_is_printed(page)
    page.locator("details").evaluate_all("all => all.forEach(d => { d.open = true; })")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert too_wide <= 0, width
    page.set_viewport_size({"width": 1440, "height": 900})
    assert_accessible(page, is_contrast_alone=True)
    page.set_viewport_size({"width": 390, "height": 900})
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(200)
    assert_accessible(page)


def assert_every_column_is_printed(page: Any) -> None:
    page.set_viewport_size({"width": 717, "height": 900})
    page.emulate_media(media="print")
    cut = page.evaluate(
        """() => [...document.querySelectorAll('.scroll')]
            .filter(box => box.clientWidth && box.scrollWidth > box.clientWidth + 1)
            .map(box => box.getAttribute('aria-label'))"""
    )
    assert cut == []
    page.emulate_media(media="screen")


def test_the_sections_of_the_method_are_reached_from_its_list(open_page: Open) -> None:
    page = open_page("checked", file="method.html")
    links = page.locator(".here-list a")
    assert links.count() > 10
    for link in links.all():
        target = link.get_attribute("href").removeprefix("#")
        assert page.locator(f"[id='{target}']").count() == 1
