"""What every page owes its readers, tried on a real publication, from disk and over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from dashboards.pages.layout import DOORS, PAGES
from pipelines.core.workspace import Workspace
from tests.browser.accessibility import assert_accessible
from tests.browser.published import until

FILES = [file for _, file, _ in PAGES]
WIDTHS = (320, 768, 1184, 1920)
DOWNLOADED = 1  # charts of a page whose pictures are taken; all are made the same way
IN_LIGHT = ("index.html", "outcomes.html", "parts.html", "practice.html", "quality.html")
SHEETS = {"index.html": 3, "outcomes.html": 2}
"""How many sheets of A4 the two summaries take at most; of other pages it is looked at what paper
shows. These two leave the tables under their charts to the screen."""
CONTROLS = "a[href], button, select, summary, [tabindex='0']"
SMALLEST_CHART_TEXT_PX = 13
FOLDED = "details:not(.fold)"
"""Closed until it is asked for, whatever the screen; parts that fold on a phone are open here."""
READY = "html[data-ready]"
CHARTS_FIT = """() => [...document.querySelectorAll('.chart')].every(chart =>
    [...chart.querySelectorAll('.main-svg')].every(drawing =>
        drawing.getBoundingClientRect().right <= chart.getBoundingClientRect().right + 1))"""
SHORT_OF_THEIR_CARDS = """() => [...document.querySelectorAll('.chart')].filter(chart => {
    const drawing = chart.querySelector('.main-svg');
    const most = 2 * parseFloat(chart.style.minHeight);
    return drawing && drawing.clientHeight < Math.min(chart.clientHeight, most) - 1;
}).map(chart => chart.id)"""


@pytest.fixture(scope="module", params=FILES)
def page(request: pytest.FixtureRequest, browser: Any, publication: Workspace) -> Iterator[Any]:
    """A page opened from disk at 1440 px, with what it asked for and complained about."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, color_scheme="light", accept_downloads=True
    )
    page = context.new_page()
    watch(page)
    page.file, page.window = request.param, (1440, "light", "screen")
    page.goto((publication.published_site / request.param).as_uri())
    page.wait_for_selector(READY, timeout=20_000)
    yield page
    context.close()


def watch(page: Any) -> None:
    page.asked, page.complaints = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda said: page.complaints.append(f"{said.type}: {said.text}"))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))


def at(page: Any, width: int, scheme: str = "light", media: str = "screen") -> None:
    """See the page in another window, if it is another one.

    Every change has the charts drawn anew, so the tests below go from wide to narrow to paper.
    """
    if (width, scheme, media) == page.window:
        return
    page.emulate_media(color_scheme=scheme, media=media)
    page.set_viewport_size({"width": width, "height": 900})
    page.window = (width, scheme, media)


def unfold(page: Any) -> None:
    page.locator("details").evaluate_all("all => all.forEach(d => { d.open = true; })")


def fold(page: Any) -> None:
    page.locator(FOLDED).evaluate_all("all => all.forEach(d => { d.open = false; })")


def test_asks_for_nothing_outside_its_folder_and_complains_of_nothing(page: Any) -> None:
    folder = page.url.rsplit("/", 1)[0]
    assert all(url.startswith((f"{folder}/", "data:", "blob:")) for url in page.asked)
    assert page.complaints == []


def test_charts_fill_the_room_that_their_cards_have(page: Any) -> None:
    assert page.evaluate(SHORT_OF_THEIR_CARDS) == []


@pytest.mark.parametrize("file", ["index.html", "parts.html"])
def test_is_the_same_over_http(
    browser: Any, publication: Workspace, served: str, file: str
) -> None:
    texts = set()
    for folder in (publication.published_site.as_uri(), served):
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        watch(page)
        page.goto(f"{folder}/{file}")
        page.wait_for_selector(READY, timeout=20_000)
        assert all(url.startswith((f"{folder}/", "data:", "blob:")) for url in page.asked)
        assert page.complaints == []
        texts.add(page.locator("main").inner_text())
        page.close()
    assert len(texts) == 1


@pytest.mark.slow  # quicker: the pages that have every kind of part, above
def test_axe_finds_nothing_in_light_on_the_others(page: Any) -> None:
    look_by_axe(page, 1440, "light")


def test_one_pale_text_and_a_button_without_a_name_are_found(browser: Any) -> None:
    page = browser.new_page()
    said = "<html lang='en'><title>A page</title><main><h1>Head</h1><p>One</p><p>Two</p>"
    page.set_content(said)
    assert_accessible(page)
    page.set_content(f"{said}<p style='color: #ddd'>Three</p>")
    with pytest.raises(AssertionError, match="color-contrast"):
        assert_accessible(page)
    page.set_content(f"{said}<button></button>")
    with pytest.raises(AssertionError, match="button-name"):
        assert_accessible(page)
    page.close()


def test_every_chart_is_named_described_tabled_and_can_be_taken_along(page: Any) -> None:
    at(page, 1440)
    unfold(page)
    for n, chart in enumerate(page.locator(".chart").all()):
        key = chart.get_attribute("id").removeprefix("chart-")
        assert chart.get_attribute("role") == "img"
        for attribute in ("aria-labelledby", "aria-describedby"):
            said = page.locator(f"[id='{chart.get_attribute(attribute)}']").text_content()
            assert len(said.strip()) > 15, (key, attribute)
        card = page.locator(f"[id='fig-{key}']")
        assert card.locator("table tbody tr").count() >= 1, key
        assert "ata to" in card.locator(".source").text_content()
        assert card.locator("a[download$='.csv']").get_attribute("href").startswith("data:text/csv")
        assert card.locator("[data-png]").get_attribute("data-png") == key
        if n >= DOWNLOADED:
            continue
        with page.expect_download() as got:
            card.locator("[data-png]").focus()
            page.keyboard.press("Enter")
        assert got.value.suggested_filename == f"{key}.png"
        assert got.value.path().read_bytes().startswith(b"\x89PNG")
    assert page.complaints == []
    fold(page)


def test_no_drawing_goes_without_a_name(page: Any) -> None:
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll('svg, canvas, img')].filter(one =>
            !one.closest('[role=img][aria-labelledby], [aria-hidden=true], #js-plotly-tester')
        ).length"""
    )
    assert unnamed == 0


def test_everything_folded_opens_by_keyboard(page: Any) -> None:
    at(page, 1440)
    fold(page)
    closed = page.locator(f"main {FOLDED}").all()
    for one in closed:
        one.locator("> summary").focus()
        page.keyboard.press("Enter")
    assert page.locator(f"main {FOLDED}[open]").count() == len(closed)
    fold(page)


def test_the_four_doors_lead_to_every_page_and_the_skip_link_to_the_text(page: Any) -> None:
    at(page, 1440)
    shown = page.locator("nav[aria-label='Pages'] a").filter(visible=True)
    files = {key: file for key, file, _ in PAGES}
    doors = [files[keys[0]] for keys in DOORS.values()]
    (here,) = [keys for keys in DOORS.values() if page.file in {files[key] for key in keys}]
    rooms = [files[key] for key in here] if len(here) > 1 else []
    assert [link.get_attribute("href") for link in shown.all()] == [*doors, *rooms]
    assert sorted(key for keys in DOORS.values() for key in keys) == sorted(files)
    assert page.locator("nav.pages [aria-current='page']").get_attribute("href") == page.file
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_links_within_the_site_lead_somewhere(page: Any, publication: Workspace) -> None:
    links = page.locator("a[href]:not([download])")
    broken = []
    for link in links.evaluate_all("all => [...new Set(all.map(a => a.getAttribute('href')))]"):
        file, _, place = link.partition("#")
        target = publication.published_site / (file or page.file)
        text = target.read_text("utf-8") if place and target.suffix == ".html" else ""
        if not target.exists() or (place and f'id="{place}"' not in text):
            broken.append(link)
    assert broken == []


def test_keyboard_reaches_every_control_in_reading_order(page: Any) -> None:
    at(page, 390 if page.file == "outcomes.html" else 1440)  # once with the menu of a phone
    unfold(page)
    page.evaluate(
        f"""() => {{
            const isSeen = e => e.className === 'skip' || e.checkVisibility();
            window.wanted = [...document.querySelectorAll("{CONTROLS}")].filter(isSeen);
            document.body.tabIndex = -1;
            document.body.focus();
            document.body.removeAttribute('tabindex');
            window.note = e => window.reached.push(
                [e.target, getComputedStyle(e.target).outlineStyle]);
            window.reached = [];
            document.addEventListener('focusin', window.note);
        }}"""
    )
    for _ in range(page.evaluate("window.wanted.length")):
        page.keyboard.press("Tab")
    page.evaluate("document.removeEventListener('focusin', window.note)")
    order = page.evaluate("window.wanted.map(e => window.reached.findIndex(([r]) => r === e))")
    assert order == list(range(len(order))), "tab order is the reading order and misses nothing"
    unseen = page.evaluate(
        """window.reached.filter(([e, outline]) => outline === 'none' && e.className !== 'skip')
            .map(([e]) => e.outerHTML.slice(0, 80))"""
    )
    assert unseen == []
    fold(page)


def test_chart_text_is_large_enough_to_read(page: Any) -> None:
    for width in (1440, 390):
        at(page, width)
        until(page, CHARTS_FIT)
        sizes = page.evaluate(
            """() => [...document.querySelectorAll('.chart text')]
                .filter(t => t.textContent.trim() && t.getBoundingClientRect().width)
                .map(t => [parseFloat(getComputedStyle(t).fontSize), t.textContent])"""
        )
        assert [each for each in sizes if each[0] < SMALLEST_CHART_TEXT_PX] == [], width


def test_the_menu_of_a_phone_leads_to_every_page(page: Any) -> None:
    at(page, 390)
    menu = page.locator("details.menu")
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    shown = page.locator("nav[aria-label='Pages'] a").filter(visible=True)
    assert [link.get_attribute("href") for link in shown.all()] == FILES
    here = menu.locator("[aria-current='page']")
    assert here.get_attribute("href") == page.file
    heights = shown.evaluate_all("all => all.map(a => a.getBoundingClientRect().height)")
    assert min(heights) >= 24
    fold(page)


def test_axe_finds_nothing_in_light_and_on_a_dark_phone(page: Any) -> None:
    """In light the pages that have every kind of part, each page by all rules on a dark phone."""
    if page.file in IN_LIGHT:
        look_by_axe(page, 1440, "light")
    look_by_axe(page, 390, "dark")


def look_by_axe(page: Any, width: int, scheme: str) -> None:
    at(page, width, scheme)
    unfold(page)
    page.wait_for_timeout(200)
    is_known = width == 1440 and page.file != FILES[0]
    assert_accessible(page, is_contrast_alone=is_known)
    fold(page)


def test_nothing_is_wider_than_the_screen(page: Any) -> None:
    unfold(page)
    for width in WIDTHS:
        at(page, width)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, width
        if width in (WIDTHS[0], WIDTHS[-1]):
            until(page, CHARTS_FIT)
    fold(page)


def test_prints_whole(page: Any) -> None:
    """No table is cut off, none but those under charts stays away; few sheets of A4."""
    at(page, 717, media="print")
    sheets = b""
    if page.file in SHEETS:
        sheets = page.pdf(prefer_css_page_size=True, print_background=True)
    page.wait_for_timeout(200)
    cut = page.evaluate(
        """() => [...document.querySelectorAll('.scroll')]
            .filter(box => box.clientWidth && box.scrollWidth > box.clientWidth + 1)
            .map(box => box.getAttribute('aria-label'))"""
    )
    away = page.evaluate(
        """() => [...document.querySelectorAll('main table')]
            .filter(table => !table.checkVisibility() && !table.closest('.foot')).length"""
    )
    at(page, 717)
    assert cut == []
    if page.file in SHEETS:
        boxes = re.findall(rb"/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)", sheets)
        assert {tuple(round(float(n)) for n in box) for box in boxes} == {(595, 842)}
        assert len(re.findall(rb"/Type\s*/Page\b", sheets)) <= SHEETS[page.file]
    else:
        assert away == 0
    page.wait_for_timeout(200)
    assert page.locator(f"main {FOLDED}[open]").count() == 0, "folded again after printing"
