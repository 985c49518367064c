"""The filters on a real publication: their figures against SQL, their links, their words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations
from typing import Any
from urllib.parse import urlencode

import pytest

from dashboards.formats import MINUS
from dashboards.labels import part_name
from dashboards.pages.layout import FILTERED, FILTERS, PAGES
from dashboards.pages.segment_filters import WORDS
from pipelines.core.parts import CROSS
from pipelines.core.workspace import Workspace
from tests.browser.published import until
from tests.integration.refreshing import published

Go = Callable[..., Any]
FILTERED_FILES = [file for key, file, _ in PAGES if key in FILTERED]
KEYS = [key for key, _, _ in FILTERS]
READY = "html[data-ready]"
METRIC = "voluntary_exit|365"
TILE = f"[data-metric='{METRIC}']"
PARTS = """
select
    whole.segment,
    whole.segment_value,
    coalesce(steadied.shrunken_estimate, whole.estimate) as estimate,
    coalesce(steadied.shrunken_conf_low, whole.conf_low) as conf_low,
    coalesce(steadied.shrunken_conf_high, whole.conf_high) as conf_high,
    coalesce(steadied.shrunken_verdict, whole.verdict) as verdict,
    whole.status
from outcomes.comparison as whole
left join outcomes.segment_estimate as steadied
    using (segment, segment_value, outcome, horizon_days, estimand)
where outcome = 'voluntary_exit' and horizon_days = 365 and whole.design = 'weighted'
order by whole.segment, whole.segment_value
"""


@pytest.fixture
def go(browser: Any, publication: Workspace) -> Iterator[Go]:
    """Return a function that opens a page with a choice in its link."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()

    def opened(file: str = "outcomes.html", **choice: str) -> Any:
        page.goto("about:blank")
        link = f"#{urlencode(choice)}" if choice else ""
        page.goto((publication.published_site / file).as_uri() + link)
        page.wait_for_selector(READY, timeout=20_000)
        return page

    yield opened
    context.close()


WITH_FIGURES = """[...document.querySelectorAll('.filters select')].find(
    each => [...each.options].some(option => option.value && !option.disabled)).name"""
"""The first filter with a part that this page has a figure of: others can't be chosen."""


def choice_of(row: dict[str, Any]) -> dict[str, str]:
    names, values = row["segment"].split(CROSS), row["segment_value"].split(CROSS)
    return dict(zip(names, values, strict=True))


def parts(publication: Workspace) -> list[dict[str, Any]]:
    rows = published(publication, PARTS).to_dicts()
    return [row for row in rows if set(row["segment"].split(CROSS)) <= set(KEYS)]


def without_verdict(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Two parts of which nothing is published together: too few for a verdict, or nobody."""
    values = {key: [row["segment_value"] for row in rows if row["segment"] == key] for key in KEYS}
    there = {(row["segment"], row["segment_value"]) for row in rows}
    return next(
        {one: a, other: b}
        for one, other in combinations([key for key in KEYS if values[key]], 2)
        for a in values[one]
        for b in values[other]
        if (CROSS.join((one, other)), CROSS.join((a, b))) not in there
    )


def by_hand(value: float) -> str:
    """The size of a difference per 100, a half rounded up."""
    exact = Decimal(f"{abs(value) * 100:.9f}")
    return str(exact.quantize(Decimal("0.1"), ROUND_HALF_UP))


def shown_as(value: float) -> str:
    """A difference in people per 100 as the tile has it, rounded by hand: one decimal always."""
    text = by_hand(value)
    sign = "" if float(text) == 0.0 else MINUS if value < 0 else "+"
    return sign + text


def field(page: Any, name: str) -> str:
    return str(page.locator(f"{TILE} [data-field='{name}']").first.inner_text())


def word(page: Any) -> str:
    return field(page, "verdict")


def test_every_part_shows_its_own_row_of_the_table(go: Go, publication: Workspace) -> None:
    rows = [row for row in parts(publication) if row["verdict"] in ("better", "worse")]
    rows += [row for row in parts(publication) if row["verdict"] == "no_clear_difference"]
    assert rows
    for row in rows[:25]:
        page = go(**choice_of(row))
        assert field(page, "number") == shown_as(row["estimate"])
        for end in (row["conf_low"], row["conf_high"]):
            assert by_hand(end) in field(page, "range") or by_hand(end) == "0.0"
        for value in row["segment_value"].split(CROSS):
            assert part_name(value) in field(page, "part")


def test_hidden_unpublished_and_no_data_are_three_words(go: Go, publication: Workspace) -> None:
    rows = parts(publication)
    hidden = next(row for row in rows if row["status"] == "suppressed")
    page = go(**choice_of(hidden))
    assert word(page) == "Hidden for privacy"
    assert not any(sign.isdigit() for sign in page.locator(f"{TILE} .big").inner_text())
    for row in [row for row in rows if row["status"] == "no_data"][:1]:
        assert word(go(**choice_of(row))) == WORDS["no_data"]
    page = go(**without_verdict(rows))
    assert word(page) == WORDS["unpublished"]
    said = page.locator(TILE).first.inner_text()
    assert WORDS["no_verdict"] in said or WORDS["no_division"] in said
    one = next(row for row in rows if row["segment"] == "tenure_band")["segment_value"]
    two = next(row for row in rows if row["segment"] == "period")["segment_value"]
    site = next(row for row in rows if row["segment"] == "site")["segment_value"]
    page = go(site=site, tenure_band=one, period=two)
    assert word(page) == WORDS["unpublished"]
    assert WORDS["too_many"] in page.locator(".shown").inner_text()


def test_no_hidden_part_has_a_number_in_the_shared_file(go: Go, publication: Workspace) -> None:
    page = go()
    for row in parts(publication):
        if row["status"] == "suppressed":
            at = page.evaluate("PARTS.metrics").index(METRIC)
            cell = page.evaluate(
                "([segment, part, at]) => PARTS.segments[segment][part][at]",
                [row["segment"], row["segment_value"], at],
            )
            assert isinstance(cell, int), row
            assert page.evaluate("i => PARTS.reasons[i][0]", cell) == "Hidden for privacy"


@pytest.mark.parametrize(
    "file",
    [
        *FILTERED_FILES[:2],
        *(pytest.param(each, marks=pytest.mark.slow) for each in FILTERED_FILES[2:]),
    ],
)
def test_a_choice_by_keyboard_stands_in_the_link_and_the_link_brings_it_back(
    go: Go, file: str
) -> None:
    page = go(file)
    before = page.locator("main").inner_text()
    key = page.evaluate(WITH_FIGURES)
    page.locator(f"#filter-{key}").focus()
    page.keyboard.press("ArrowDown")
    value = page.locator(f"#filter-{key}").input_value()
    assert page.evaluate("location.hash") == "#" + urlencode({key: value})
    assert part_name(value) in page.locator(".shown").inner_text()
    marked = page.locator("[data-field='part']").filter(visible=True)
    assert marked.count() >= 1
    view = page.locator("main").inner_text()
    assert view != before
    again = go(file, **{key: value})
    assert again.locator("main").inner_text() == view
    again.locator(".filters button").focus()
    again.keyboard.press("Enter")
    until(again, "location.hash === ''")
    assert again.locator("main").inner_text() == before


def test_links_carry_the_choice_through_pages_without_filters(
    go: Go, publication: Workspace
) -> None:
    values = {row["segment"]: row["segment_value"] for row in parts(publication)}
    page = go(site=values["site"], tenure_band=values["tenure_band"])
    wanted, view = page.evaluate("location.hash"), page.locator(".tiles").inner_text()
    for name in ("Evidence & data", "Data quality", "Outcomes", "Parts and worth", "Outcomes"):
        page.locator("nav.pages a", has_text=name).first.click()
        page.wait_for_selector(READY)
        assert page.evaluate("location.hash") == wanted, name
    assert page.locator(".tiles").inner_text() == view


def test_a_place_on_the_page_keeps_the_choice_and_back_undoes_it(
    go: Go, publication: Workspace
) -> None:
    sites = (row for row in parts(publication) if row["segment"] == "site")
    row = next(row for row in sites if row["estimate"] is not None)
    page = go()
    everybody = page.locator(".tiles").inner_text()
    page.locator("#filter-site").select_option(row["segment_value"])
    view = page.locator(".tiles").inner_text()
    page.locator("nav.here a", has_text="Notes").click()
    until(page, "location.hash.includes('at=notes')")
    assert page.locator(".tiles").inner_text() == view
    assert page.evaluate("document.querySelector('#notes').getBoundingClientRect().top") < 900
    page.go_back()
    page.go_back()
    until(page, "location.hash === ''")
    assert page.locator(".tiles").inner_text() == everybody


def test_a_part_of_another_publication_is_said_to_be_unknown(go: Go) -> None:
    page = go(site="Atlantis")
    said = page.locator(".shown").inner_text()
    assert said == WORDS["unknown"].replace("{value}", "Atlantis")


def test_the_choice_is_printed_and_the_form_is_not(go: Go, publication: Workspace) -> None:
    row = next(row for row in parts(publication) if row["segment"] == "site")
    page = go(**choice_of(row))
    page.emulate_media(media="print")
    assert row["segment_value"] in page.locator(".shown").inner_text()
    assert page.locator(".filters select").filter(visible=True).count() == 0


def test_the_form_and_the_script_know_the_same_keys(go: Go) -> None:
    page = go()
    names = page.locator(".filters select").evaluate_all("all => all.map(s => s.name)")
    assert names == KEYS
    assert set(page.evaluate("Object.keys(PARTS.values)")) == set(KEYS)
    for select in page.locator(".filters select").all():
        key = select.get_attribute("name")
        assert page.locator(f"label[for='filter-{key}']").count() == 1
