"""What every page of the site owes its readers, tried on the data quality page too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.figures.quality_worlds import QUALITY_WORLDS

Open = Callable[..., Any]
WIDTHS = (320, 390, 768, 1440)
OTHERS = ("reasons_missing", "missing_sources", "odd_labels")
MORE = [name for name in (*QUALITY_WORLDS, *OTHERS) if name != "refused_file"]


@pytest.mark.parametrize(
    "name",
    ["refused_file", "nothing", *(pytest.param(each, marks=pytest.mark.slow) for each in MORE)],
)
def test_opens_from_disk_and_asks_for_nothing_outside(open_page: Open, name: str) -> None:
    page = open_page(name, file="quality.html")
    folder = page.url.rsplit("/", 1)[0]
    assert all(url.startswith((f"{folder}/", "data:")) for url in page.asked)
    assert page.complaints == []
    assert len(page.locator("h1").text_content()) > 20


@pytest.mark.parametrize(
    "name",
    [
        "odd_labels",
        *(pytest.param(n, marks=pytest.mark.slow) for n in ("refused_file", "low_response")),
    ],
)
def test_never_scrolls_sideways(open_page: Open, name: str) -> None:
    page = open_page(name, width=WIDTHS[0], file="quality.html")
    page.locator("details").evaluate_all("all => all.forEach(d => { d.open = true; })")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert too_wide <= 0, width


@pytest.mark.parametrize(
    ("name", "width", "dark"),
    [
        ("refused_file", 1440, False),
        pytest.param("low_response", 390, True, marks=pytest.mark.slow),
        pytest.param("clean", 390, False, marks=pytest.mark.slow),
    ],
)
def test_axe_finds_nothing(open_page: Open, name: str, width: int, dark: bool) -> None:
    page = open_page(name, width=width, dark=dark, file="quality.html")
    page.locator("details").evaluate_all("all => all.forEach(d => { d.open = true; })")
    found = Axe().run(page).response["violations"]
    assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in found] == []


def test_names_of_files_end_a_line_between_their_words_and_copy_as_they_are(
    open_page: Open,
) -> None:
    page = open_page("clean", width=320, file="quality.html")
    names = page.locator("#files tbody th")
    assert names.count() > 2
    for name in names.all():
        parts = name.evaluate("e => [...e.childNodes].filter(n => n.data).map(n => n.data.trim())")
        assert all(part[-1] in "_/.-" for part in parts[:-1])
        assert "".join(parts) == name.text_content().strip()
    long = [name for name in names.all() if len(name.text_content()) > 16]
    assert all(name.locator("wbr").count() > 0 for name in long)
    assert long


def test_the_overviews_strip_leads_here(open_page: Open) -> None:
    open_page("clean", file="quality.html")
    page = open_page("clean")
    page.locator("#supply a[href='quality.html']").click()
    page.wait_for_selector("html[data-ready]")
    said = "The data bear a verdict on every outcome on these pages"
    assert page.locator("h1").text_content() == said


@pytest.mark.parametrize("name", ["clean", "refused_file"])
def test_prints_every_column_of_every_table(open_page: Open, name: str) -> None:
    page = open_page(name, file="quality.html", width=717)
    page.emulate_media(media="print")
    cut = page.evaluate(
        """() => [...document.querySelectorAll('.scroll')]
            .filter(box => box.clientWidth && box.scrollWidth > box.clientWidth + 1)
            .map(box => box.getAttribute('aria-label'))"""
    )
    assert cut == []
