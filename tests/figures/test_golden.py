"""Every page's text, world by world, against the text that was read and agreed.

After a wanted change: ``UPDATE_GOLDEN=1 pytest tests/figures/test_golden.py``, then read the diff.
"""

from __future__ import annotations

import itertools
import json
import os
import re
from pathlib import Path

import plotly.graph_objects as go
import pytest

from dashboards.data import SiteData
from dashboards.pages.claims import claims_page
from dashboards.pages.coaches import coaches_page
from dashboards.pages.definitions import definitions_page
from dashboards.pages.method import method_page
from dashboards.pages.outcome import absence_page, customers_page, wellbeing_page
from dashboards.pages.overview import overview_page
from dashboards.pages.practice import practice_page
from dashboards.pages.quality import quality_page
from dashboards.pages.retention import retention_page
from dashboards.pages.today import today_page
from dashboards.pages.training import training_page
from dashboards.pages.workforce import workforce_page
from dashboards.pages.your_data import your_data_page
from pipelines.core.status import NO_DATA, SHOWN, STATUSES, words
from tests.figures.claim_worlds import CLAIM_WORLDS, checked
from tests.figures.outcome_worlds import OUTCOME_WORLDS
from tests.figures.practice_worlds import PRACTICE_WORLDS
from tests.figures.quality_worlds import QUALITY_WORLDS
from tests.figures.today_worlds import TODAY_WORLDS
from tests.figures.visible_text import visible_text
from tests.figures.workforce_worlds import WORKFORCE_WORLDS
from tests.figures.worlds import WORLDS

GOLDEN = Path(__file__).parent / "golden"

# Words that would make people's behaviour the work of their coaching.
CAUSAL = re.compile(
    r"\b(reduc\w*|keep\w*|kept|because of|lead(s|ing)? to|led to|effects?|affect\w*|caus\w+|driv\w+"
    r"|improv\w+|prevent\w*|boost\w*|increas\w*|decreas\w*|lowers|lowered|raises|raised|impact\w*"
    r"|due to|results? in|thanks to|sav(e|es|ed|ing)|makes? people|retains?)\b",
    re.IGNORECASE,
)
TILES = {"": 4, "today": 4, "retention": 4, "wellbeing": 4, "absence": 1, "customers": 2}
"""Tiles of each page, the summary's first; the other pages have none."""
FIXED_VERDICTS = {  # the verdicts, and the states in the place of one
    "Better",
    "Worse",
    "No clear difference",
    "Too little data",
    "Not reportable",
    "Hidden for privacy",
    "No data",
    "Too early",
}


def _without_the_method_itself(data: SiteData, font_base64: str | None) -> str:
    """The page on the comparison up to the text of docs/method.md, which has tests of its own."""
    page = method_page(data, font_base64)
    before, rest = page.split('<section class="card wide" id="method"')
    return before + rest.split("</section>", 1)[1]


def _definitions_without_code(data: SiteData, font_base64: str | None) -> str:
    """The definitions without their ids and queries, which have tests of their own."""
    page = definitions_page(data, font_base64)
    head, main = page.split('<main class="wrap"', 1)
    return head + '<main class="wrap"' + re.sub(r"<code>.*?</code>", "", main, flags=re.DOTALL)


_EVERY_TOPIC = (
    "no_difference", "harm", "too_little_data", "not_reportable", "missing_sources", "too_early",
    "nothing",
)  # fmt: skip
_TOPICS = {
    "wellbeing": (wellbeing_page, (*_EVERY_TOPIC, "odd_labels", "low_response")),
    "absence": (absence_page, _EVERY_TOPIC),
    "customers": (customers_page, _EVERY_TOPIC),
    "retention": (
        retention_page,
        (*_EVERY_TOPIC, "no_overlap", "reasons_missing", "hidden_counts", "short_horizon"),
    ),
}
_PRACTICE = {"practice": practice_page, "coaches": coaches_page, "training": training_page}
# What each page is told of; the quality page's words hang on its own worlds and some of the others.
PAGES = {
    **{name: (overview_page, make) for name, make in WORLDS.items()},
    **{f"quality/{name}": (quality_page, make) for name, make in QUALITY_WORLDS.items()},
    **{
        f"quality/{name}": (quality_page, WORLDS[name])
        for name in (
            "clear_difference", "reasons_missing", "missing_sources", "odd_labels", "nothing",
        )
    },
    **{f"claims/{name}": (claims_page, make) for name, make in CLAIM_WORLDS.items()},
    **{f"today/{name}": (today_page, make) for name, make in TODAY_WORLDS.items()},
    **{f"parts/{name}": (workforce_page, make) for name, make in WORKFORCE_WORLDS.items()},
    **{
        f"definitions/{name}": (_definitions_without_code, WORLDS[name])
        for name in ("clear_difference", "odd_labels")
    },
    **{
        f"{page}/{name}": (make_page, {**WORLDS, **QUALITY_WORLDS}[name])
        for page, (make_page, names) in _TOPICS.items()
        for name in names
    },
    **{
        f"{page}/{name}": (make_page, make)
        for page, (make_page, _) in _TOPICS.items()
        for name, make in OUTCOME_WORLDS.items()
    },
    **{name: (overview_page, make) for name, make in OUTCOME_WORLDS.items()},
    "retention/checked": (retention_page, checked),
    **{
        f"your_data/{name}": (your_data_page, WORLDS[name])
        for name in ("clear_difference", "odd_labels", "nothing")
    },
    **{
        f"{page}/{name}": (make_page, {**WORLDS, **PRACTICE_WORLDS}[name])
        for page, make_page in _PRACTICE.items()
        for name in (*PRACTICE_WORLDS, "nothing")
    },
    "checked": (overview_page, checked),
    "method/checked": (_without_the_method_itself, checked),
    **{
        f"method/{name}": (_without_the_method_itself, WORLDS[name])
        for name in ("clear_difference", "odd_labels", "nothing")
    },
}  # fmt: skip


@pytest.fixture(scope="module", params=PAGES)
def told(request: pytest.FixtureRequest) -> tuple[str, str, str]:
    """The name of a page and world, the page and its text."""
    make_page, make_world = PAGES[request.param]
    page = make_page(make_world(), None)
    return request.param, page, visible_text(page)


FIRST_WORLDS = {make: name for name, (make, _) in reversed(PAGES.items())}
"""By what makes a page the first of its worlds."""


@pytest.mark.parametrize("name", FIRST_WORLDS.values())
def test_plotly_accepts_every_figure(name: str) -> None:
    make_page, make_world = PAGES[name]
    found = re.search(r'id="figures">(.*?)</script>', make_page(make_world(), None))
    for each in json.loads(found[1] if found else "{}").values():
        for layout in (each["wide"], each["narrow"]):
            go.Figure(each["data"], layout)


def test_text_is_the_agreed_one(told: tuple[str, str, str]) -> None:
    name, _, text = told
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text("utf-8")


def test_no_causal_verb(told: tuple[str, str, str]) -> None:
    found = [match.group() for match in CAUSAL.finditer(told[2])]
    assert not found


def test_scan_would_find_a_causal_verb() -> None:
    for bad in ("coaching reduces exits", "keeps people", "the effect of coaching", "leads to"):
        assert CAUSAL.search(bad)


def test_verdict_words_are_the_fixed_ones(told: tuple[str, str, str]) -> None:
    page = told[1]
    words = re.findall(
        r'<p class="verdict-word \w+"><span[^>]*>.</span><span[^>]*>([^<]+)</span></p>', page
    )
    topic = told[0].rpartition("/")[0]
    assert len(words) == TILES.get(topic, 0)
    assert {word.split(":")[0] for word in words} <= FIXED_VERDICTS


def rows_of(page: str) -> list[list[str]]:
    """The cells of each row of a page's tables, but for the row's name, in lower case."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", page, re.DOTALL)
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in rows]
    return [[visible_text(each).strip().lower() for each in row] for row in cells if row]


def test_no_row_gives_two_reasons_or_no_data_beside_a_claims_figure(
    told: tuple[str, str, str],
) -> None:
    absent = {words(status) for status in STATUSES if status != SHOWN}
    for cells in rows_of(told[1]):
        reasons = absent.intersection(cells)
        assert len(reasons) < 2, cells
        if told[0].startswith("claims/") and words(NO_DATA) in reasons:
            assert not [cell for cell in cells if re.search(r"\d", cell)], cells


def test_scan_would_find_two_reasons_in_a_row() -> None:
    page = "<tr><th>Morale</th><td>Not reportable</td><td>no data</td></tr>"
    assert rows_of(page) == [["not reportable", "no data"]]


def test_no_placeholder_leaks_into_the_text(told: tuple[str, str, str]) -> None:
    leaks = re.findall(r"\b(None|nan|NaN|inf|null|undefined)\b|\{\{|\}\}|_days|_exit\b", told[2])
    assert not leaks
    assert "  " not in told[2]
    assert ".." not in told[2].replace("…", "")


def test_apostrophes_are_those_of_print(told: tuple[str, str, str]) -> None:
    """But for the promise, which stands as it was given."""
    lines = [each for each in told[2].splitlines() if not each.startswith("No figure is about")]
    assert not [each for each in lines if re.search("[A-Za-z]'[a-z]", each)]


def test_headings_form_one_outline(told: tuple[str, str, str]) -> None:
    levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", told[1])]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))


def test_every_page_has_a_golden_text_and_no_text_is_left_over() -> None:
    found = {path.relative_to(GOLDEN).with_suffix("").as_posix() for path in GOLDEN.rglob("*.txt")}
    assert found == set(PAGES)
