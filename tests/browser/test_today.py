"""Today answers a leader's three questions at once, folds on a phone, and shows one site alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pipelines.core.workspace import Workspace
from tests.browser.published import until

DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
THREE_QUESTIONS = ("#headline", ".pulse .badge", ".pulse .said")
"""How many left (and what is usual); is that unusual; does it go with the kind of coaching."""
MOST_WORDS, MOST_SCREENS = 900, 5
BOTTOM = "e => e.getBoundingClientRect().bottom + scrollY"


@pytest.fixture(scope="module")
def page(browser: Any, publication: Workspace) -> Iterator[Any]:
    page = browser.new_page(viewport=DESKTOP)
    page.complaints = []
    page.on("console", lambda said: page.complaints.append(said.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto((publication.published_site / "index.html").as_uri())
    page.wait_for_selector("html[data-ready]", timeout=20_000)
    yield page
    page.close()


def test_three_questions_are_answered_first(page: Any) -> None:
    for window, screens in ((PHONE, 2), (DESKTOP, 1)):
        page.set_viewport_size(window)
        for answer in THREE_QUESTIONS:
            bottom = page.locator(answer).evaluate(BOTTOM)
            assert bottom <= screens * window["height"], (answer, window)
    assert "leave" in page.locator(".pulse .said").inner_text()


def test_a_site_shows_its_own_month_and_the_link_has_it(page: Any) -> None:
    def texts() -> list[str]:
        return page.locator(
            "[data-pulse], .tile.month, #fig-month-any-exit-rate h2, #stayers :is(h2, th, td)"
        ).all_inner_texts()

    everybody = texts()
    names = page.locator("#of-site option").all_inner_texts()
    assert names[0] == "All sites"
    assert names[1:] == sorted(names[1:])
    page.select_option("#of-site", label=names[1])
    assert page.locator("[data-pulse=kicker]").inner_text().startswith(names[1])
    assert f"site={names[1]}" in page.url
    assert texts() != everybody
    heads = page.locator("#stayers h2").all_inner_texts()
    assert all(head.startswith(f"{names[1]}. ") for head in heads)
    outcomes = page.locator(".pulse .more a").get_attribute("href")
    assert outcomes == f"outcomes.html#site={names[1]}"
    agents = page.locator(".tile.month .big").nth(1).inner_text().split()[0]
    row = page.locator("[aria-labelledby=sites-title] tbody tr").first
    assert row.inner_text().split()[:2] == [names[1], agents]
    page.evaluate("location.hash = '#site=Nowhere'")
    until(page, "document.querySelector('.of-site .shown').textContent.includes('Nowhere')")
    assert texts() == everybody
    assert page.complaints == []


def test_longer_parts_are_folded_on_a_phone_and_open_with_their_charts(
    page: Any, publication: Workspace
) -> None:
    page.set_viewport_size(PHONE)
    page.goto("about:blank")
    page.goto((publication.published_site / "index.html").as_uri())
    page.wait_for_selector("html[data-ready]", timeout=20_000)
    parts = page.locator("details.fold")
    assert [part.get_attribute("open") for part in parts.all()] == [None] * parts.count()
    assert not page.locator("#fig-month-headcount").is_visible()
    page.locator("details.fold > summary:has(#months)").focus()
    page.keyboard.press("Enter")
    until(page, "document.querySelector('#chart-month-headcount .main-svg') !== null")
    assert page.locator("#fig-month-headcount").is_visible()
    assert page.complaints == []


def test_the_summary_can_be_read_in_a_few_minutes(page: Any, publication: Workspace) -> None:
    page.set_viewport_size(DESKTOP)
    page.goto((publication.published_site / "outcomes.html").as_uri())
    page.wait_for_selector("html[data-ready]", timeout=20_000)
    page.evaluate("document.querySelectorAll('main :is(.sr, option)').forEach(e => e.remove())")
    assert len(page.locator("main").inner_text().split()) <= MOST_WORDS
    page.set_viewport_size(PHONE)
    page.reload()
    page.wait_for_selector("html[data-ready]", timeout=20_000)
    height = page.evaluate("document.documentElement.scrollHeight")
    assert height <= MOST_SCREENS * PHONE["height"]


def test_without_scripts_every_chart_is_a_picture_and_nothing_is_folded_away(
    browser: Any, publication: Workspace
) -> None:
    context = browser.new_context(viewport=DESKTOP, java_script_enabled=False)
    page = context.new_page()
    for file in ("index.html", "retention.html"):
        page.goto((publication.published_site / file).as_uri())
        cards = page.locator("figure.card:has(.chart)")
        assert cards.count() > 0
        for card in cards.all():
            assert card.locator("svg.still").bounding_box()["height"] > 100
        assert page.locator("details.fold:not([open])").count() == 0
        assert not page.locator("form.filters").is_visible()
    context.close()
