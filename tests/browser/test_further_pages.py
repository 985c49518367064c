"""What every page of the site owes its readers, tried on the pages around the overview."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

Open = Callable[..., Any]
PAGES = [
    ("claims.html", "mixed"),
    ("claims.html", "without_register"),
    ("method.html", "checked"),
    ("parts.html", "differing"),
    ("retention.html", "with_parts"),
    ("retention.html", "not_reportable"),
    ("wellbeing.html", "with_parts"),
    ("wellbeing.html", "odd_labels"),
    ("absence.html", "with_parts"),
    ("absence.html", "missing_sources"),
    ("customers.html", "with_parts"),
    ("your-data.html", "clear_difference"),
]
WIDTHS = (320, 390, 768, 1440, 1920)


def _unfolded(open_page: Open, file: str, name: str, **how: Any) -> Any:
    page = open_page(name, file=file, **how)
    page.locator("details").evaluate_all("all => all.forEach(d => { d.open = true; })")
    return page


@pytest.mark.parametrize(("file", "name"), PAGES)
def test_opens_from_disk_asks_for_nothing_outside_and_never_scrolls_sideways(
    open_page: Open, file: str, name: str
) -> None:
    page = _unfolded(open_page, file, name)
    folder = page.url.rsplit("/", 1)[0]
    assert all(url.startswith((f"{folder}/", "data:")) for url in page.asked)
    assert page.complaints == []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert too_wide <= 0, width


@pytest.mark.parametrize(("file", "name"), PAGES)
@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_axe_finds_nothing(open_page: Open, file: str, name: str, width: int, dark: bool) -> None:
    page = _unfolded(open_page, file, name, width=width, dark=dark)
    found = Axe().run(page).response["violations"]
    assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in found] == []


@pytest.mark.parametrize(("file", "name"), PAGES)
def test_prints_every_column_of_every_table(open_page: Open, file: str, name: str) -> None:
    page = open_page(name, file=file, width=717)
    page.emulate_media(media="print")
    cut = page.evaluate(
        """() => [...document.querySelectorAll('.scroll')]
            .filter(box => box.clientWidth && box.scrollWidth > box.clientWidth + 1)
            .map(box => box.getAttribute('aria-label'))"""
    )
    assert cut == []


def test_the_sections_of_the_method_are_reached_from_its_list(open_page: Open) -> None:
    page = open_page("checked", file="method.html")
    links = page.locator(".here-list a")
    assert links.count() > 10
    for link in links.all():
        target = link.get_attribute("href").removeprefix("#")
        assert page.locator(f"[id='{target}']").count() == 1
