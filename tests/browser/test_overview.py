from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browser.accessibility import assert_accessible
from tests.figures.worlds import WORLDS

Open = Callable[..., Any]
ALWAYS = ("retention", "balance")
CHARTS = ("retention", "fatigue", "unplanned-absence", "balance")
"""Those that hang on the exits alone, and all."""
WIDTHS = (320, 390, 768, 1440, 1920)


PRINTED = ("clear_difference", "long_horizon", "not_reportable")
"""Worlds whose summary is printed: a full one, one with the longest charts, one with notes."""


FIRST = (*PRINTED, "odd_labels", "nothing")


@pytest.mark.parametrize(
    "name",
    [*FIRST, *(pytest.param(each, marks=pytest.mark.slow) for each in WORLDS if each not in FIRST)],
)
def test_opens_from_disk_asks_for_nothing_outside_and_prints(open_page: Open, name: str) -> None:
    page = open_page(name)
    folder = page.url.rsplit("/", 1)[0]
    assert page.asked
    assert all(url.startswith((f"{folder}/", "data:", "blob:")) for url in page.asked)
    assert page.complaints == []
    if name not in ("nothing", "not_reportable", "no_overlap"):
        for key in ALWAYS:
            lines = page.locator(f"#chart-{key} .main-svg .trace")
            assert lines.count() >= 2
    if name in PRINTED:
        assert_two_a4_pages_at_most(page.pdf(prefer_css_page_size=True, print_background=True))


def assert_two_a4_pages_at_most(content: bytes) -> None:
    assert len(re.findall(rb"/Type\s*/Page\b", content)) in (1, 2)
    box = re.search(rb"/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)", content)
    assert box
    assert [round(float(n)) for n in box.groups()] == [595, 842]


@pytest.mark.parametrize(
    "name", ["odd_labels", pytest.param("clear_difference", marks=pytest.mark.slow)]
)
def test_never_scrolls_sideways(open_page: Open, name: str) -> None:
    page = open_page(name, width=WIDTHS[0])
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(100)
        too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert too_wide <= 0, width
        for key in CHARTS:
            chart = page.locator(f"#chart-{key}")
            if chart.count():
                drawn = page.locator(f"#chart-{key} .main-svg").first.bounding_box()
                card = page.locator(f"#fig-{key}").bounding_box()
                assert drawn["x"] + drawn["width"] <= card["x"] + card["width"] + 1


CUT_TEXTS = """() => [...document.querySelectorAll('.chart')].flatMap(chart => {
    const box = chart.getBoundingClientRect();
    return [...chart.querySelectorAll('text')].filter(text => {
        const t = text.getBoundingClientRect();
        return t.width && (t.left < box.left - 7 || t.right > box.right + 7
            || t.top < box.top - 1 || t.bottom > box.bottom + 1);
    }).map(text => text.textContent);
})"""
OVERLAPS = """() => [...document.querySelectorAll('.chart')].flatMap(chart => {
    const texts = [...chart.querySelectorAll('.annotation-text, .xtick text, .ytick text')]
        .map(t => [t.textContent, t.getBoundingClientRect()]).filter(([, r]) => r.width);
    const found = [];
    texts.forEach(([a, r], i) => texts.slice(i + 1).forEach(([b, s]) => {
        const x = Math.min(r.right, s.right) - Math.max(r.left, s.left);
        const y = Math.min(r.bottom, s.bottom) - Math.max(r.top, s.top);
        if (x > 1 && y > 5) found.push([a, b]);
    }));
    return found;
})"""


@pytest.mark.parametrize(
    "name", ["odd_labels", "long_horizon", pytest.param("no_difference", marks=pytest.mark.slow)]
)
def test_chart_texts_are_whole_and_apart(open_page: Open, name: str) -> None:
    page = open_page(name, width=320)
    for width in (320, 390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(250)
        assert page.evaluate(CUT_TEXTS) == [], width
        assert page.evaluate(OVERLAPS) == [], width


@pytest.mark.parametrize(
    ("name", "width", "dark"),
    [
        ("clear_difference", 1440, False),
        ("missing_sources", 390, True),
        pytest.param("harm", 1440, True, marks=pytest.mark.slow),
        pytest.param("clear_difference", 390, False, marks=pytest.mark.slow),
        pytest.param("not_reportable", 1440, False, marks=pytest.mark.slow),
    ],
)
def test_axe_finds_nothing(open_page: Open, name: str, width: int, dark: bool) -> None:
    page = open_page(name, width=width, dark=dark)
    page.locator("details").evaluate_all("all => all.forEach(d => { d.open = true; })")
    page.wait_for_timeout(250)
    assert_accessible(page)


def test_every_chart_has_a_name_a_description_and_a_table(open_page: Open) -> None:
    page = open_page("clear_difference")
    assert page.locator(".chart").count() == len(CHARTS)
    for key in CHARTS:
        chart = page.locator(f"#chart-{key}")
        assert chart.get_attribute("role") == "img"
        for attribute in ("aria-labelledby", "aria-describedby"):
            target = page.locator(f"#{chart.get_attribute(attribute)}")
            assert len(target.text_content().strip()) > 20
        assert page.locator(f"#fig-{key} table tbody tr").count() >= 4
        assert page.locator(f"#fig-{key} a[download$='.csv']").count() == 1


def test_keyboard_opens_the_table(open_page: Open) -> None:
    page = open_page("clear_difference")
    page.locator("#fig-retention summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("#fig-retention table").is_visible()


def test_downloads_are_the_csv_and_a_picture(open_page: Open, tmp_path: Path) -> None:
    page = open_page("odd_labels", dark=True)
    page.locator("details").evaluate_all("all => all.forEach(d => { d.open = true; })")
    with page.expect_download() as got:
        page.locator("#fig-retention a[download]").click()
    got.value.save_as(tmp_path / "r.csv")
    lines = (tmp_path / "r.csv").read_text("utf-8").splitlines()
    assert lines[0] == "arm,day,survival,conf_low,conf_high,at_risk"
    with page.expect_download() as got:
        page.locator("[data-png='retention']").click()
    got.value.save_as(tmp_path / "r.png")
    content = (tmp_path / "r.png").read_bytes()
    assert content.startswith(b"\x89PNG")
    width = int.from_bytes(content[16:20], "big")
    assert width >= 1600
    assert page.complaints == []


def test_colours_follow_the_scheme(open_page: Open) -> None:
    page = open_page("clear_difference")
    line = ".js-line >> nth=1"
    light = page.locator(f"#chart-retention {line}").get_attribute("style")
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(400)
    dark = page.locator(f"#chart-retention {line}").get_attribute("style")
    assert light
    assert dark
    assert light != dark


def test_page_serves_without_vendored_files(browser: Any, tmp_path: Path) -> None:
    from dashboards.build import build_site
    from dashboards.vendor import find_bundle

    build_site(WORLDS["clear_difference"](), tmp_path, find_bundle(tmp_path / "absent"))
    page = browser.new_page()
    page.goto((tmp_path / "outcomes.html").as_uri())
    page.wait_for_selector("html[data-ready]", timeout=30_000)
    assert page.locator("#chart-retention .trace").count() >= 2
    page.close()
