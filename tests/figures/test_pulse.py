"""What the pulse says of sites: nothing about those for which nobody knows what is usual."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboards.data import SiteData
from dashboards.figures.site_map import site_map
from dashboards.pages.month_views import sites_script
from dashboards.sentences.pulse import pulse
from dashboards.trends import counted
from tests.figures.today_worlds import (
    Row,
    months,
    more_leavers,
    no_month,
    process_changed,
    publication,
)

USUAL = [4, 6, 3, 5, 7, 4, 5, 3, 6, 4, 5, 6] * 2
FEW = [1, 0] * 12
"""Under two leavers a month set no limits."""


def site(exits: Sequence[int]) -> list[Row]:
    return months(24, n_exits=exits, n_closing=[120] * 24)


def context(sites: Mapping[str, Sequence[int]]) -> str:
    told = publication(months(24), sites={name: site(exits) for name, exits in sites.items()})
    return pulse(told).context


@pytest.mark.parametrize(
    ("sites", "expected"),
    [
        ({"Aster": USUAL, "Birch": USUAL}, "No site is outside its own usual range."),
        (
            {"Aster": USUAL, "Birch": FEW, "Cedar": FEW},
            "Too few leave at 2 of 3 sites to say what is usual; the other is within its range.",
        ),
        ({"Aster": FEW, "Birch": FEW}, "No site has enough leavers to say what is usual there."),
        (
            {"Aster": [*USUAL[:-1], 60], "Birch": USUAL, "Cedar": FEW},
            "Aster is outside its own usual range; the others that can be judged are not.",
        ),
        (
            {"Aster": [*USUAL[:-1], 60], "Birch": FEW},
            "Aster is outside its own usual range; no other site has enough leavers to say.",
        ),
        (
            {"Aster": [*USUAL[:-1], 60], "Birch": USUAL},
            "Aster is outside its own usual range; the others are not.",
        ),
        (
            {"Aster": [*USUAL[:-8], *[7, 8] * 4], "Birch": USUAL},
            "No site is outside its own usual range. "
            "A pattern within the usual range: Aster (8 months above average).",
        ),
    ],
)
def test_a_site_without_limits_is_never_said_to_be_as_usual(
    sites: Mapping[str, Sequence[int]], expected: str
) -> None:
    assert context(sites).endswith(expected)


LEFT = [12, 14, 11, 13, 12, 15] * 4
FEW_LEFT = [3, 4] * 12
NUMBER = re.compile(r"\d+")


@pytest.mark.parametrize(
    ("exits", "sentence", "said"),
    [
        (FEW_LEFT, "fewer than 10 agents left, as usual", ""),
        ([*FEW_LEFT[:-1], 9], "fewer than 10 agents left, more than is usual", ""),
        ([*FEW_LEFT[:-7], *[4] * 7], "fewer than 10 agents left, part of a pattern of more", ""),
        ([*FEW_LEFT[:-7], *[3] * 7], "fewer than 10 agents left, part of a pattern of fewer", ""),
        ([*FEW_LEFT[:-1], 40], "40 agents left; fewer than 10 a month is usual", ""),
        ([*LEFT[:-2], 9, 14], "14 agents left, as usual (up to 19 a month)", "year"),
        ([*LEFT[:-1], 9], "fewer than 10 agents left, as usual (up to 18 a month)", ""),
    ],
)  # fmt: skip
def test_nothing_beside_few_leavers_tells_how_many(
    exits: Sequence[int], sentence: str, said: str
) -> None:
    rows = months(24, n_exits=exits, exits_status=["suppressed"] * 24)
    told = pulse(publication(rows))
    assert told.sentence == f"October: {sentence.replace(' left', ' left, by choice or not')}"
    assert said in told.context
    assert "September" not in told.context
    if not said:
        assert not NUMBER.search(told.context)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 30), min_size=14, max_size=24))
def test_no_text_of_the_pulse_has_a_number_of_few_people(exits: list[int]) -> None:
    rows = months(len(exits), n_exits=exits, exits_status=["suppressed"] * len(exits))
    data = publication(rows)
    newest = counted(data.trend).newest
    told = pulse(data)
    assert newest is not None
    if 0 < exits[-1] < data.min_group:
        beside = told.sentence.replace(f"fewer than {data.min_group}", "")
        beside = re.sub(r"\d+ months?", "", beside)  # for how long is told
        assert not [n for n in map(int, NUMBER.findall(beside)) if n < data.min_group], told
        assert "than in" not in told.context


def test_what_is_said_of_a_site_is_of_that_site_alone() -> None:
    data = more_leavers()
    (site, told), *_ = [each for each in _sites(data).items() if each[0] == "Cedar"]
    assert told["pulse"]["sentence"].startswith("October: 61 agents left, by choice or not; ")
    assert told["pulse"]["kicker"] == "Cedar · 120 agents at the end of October"
    assert told["pulse"]["looks"] == "worse"
    assert told["chart"]["title"].startswith(f"{site}. ")
    assert "Aster" not in json.dumps(told)
    assert list(_sites(data)) == ["Aster", "Birch", "Cedar"]
    assert _sites(publication(months(24), sites={"Only": months(24)})) == {}


def test_all_leavers_stand_beside_those_who_chose_to_leave() -> None:
    """A site that is too small to tell them apart counts them all and says so."""
    data = more_leavers()
    told = pulse(data)
    assert "chose to leave" in told.sentence
    rate = data.trend.filter(measure="any_exit_rate", scope="all", is_newest=True)["value"].item()
    assert f"By choice or not, 96 left, {100 * rate:.1f} per 100 agents a year." in told.context
    site_told = _sites(data)["Cedar"]
    assert "By choice or not," not in site_told["pulse"]["context"]
    assert site_told["measure"] == (
        "Counted here: who left, by choice or not; for all sites: who chose to leave."
    )
    alike = publication(months(24), sites={"Aster": months(24), "Birch": months(24)})
    assert {each["measure"] for each in _sites(alike).values()} == {""}


def _sites(data: SiteData) -> dict[str, Any]:
    found = sites_script(data).removeprefix("window.SITES=").removesuffix(";\n")
    return json.loads(found)  # type: ignore[no-any-return]


def test_the_map_says_months_quarters_and_why_a_cell_is_empty() -> None:
    told = site_map(process_changed())
    aster, birch = told.rows
    assert [cell.n_columns for cell in aster.cells] == [1] * 24
    assert [cell.n_columns for cell in birch.cells] == [2, *[3] * 7, 1]
    assert (birch.cells[0].said, birch.cells[-1].said) == (
        "November 2024 to December 2024: quarter not whole",
        "October 2026: too early",
    )
    assert birch.cells[1].said == "January 2025 to March 2025: 25.0 per 100 a year"
    assert told.has_quarters
    outside = [cell for cell in site_map(more_leavers()).rows[2].cells if "▲" in cell.text]
    assert [cell.said.partition(":")[0] for cell in outside] == ["October 2026"]
    assert site_map(no_month()).rows == ()
    run = publication(
        months(24), sites={"Aster": site([*USUAL[:-8], *[7, 8] * 4]), "Birch": site(USUAL)}
    )
    newest = site_map(run).rows[0].cells[-1]
    assert newest.text.endswith("△")
    assert newest.said.endswith(" per 100 a year, part of a pattern of more")


def test_a_month_long_ago_has_its_year() -> None:
    data = more_leavers()
    old = replace(data, published_at=data.published_at + dt.timedelta(days=270))
    assert pulse(old).sentence.startswith("October 2026: ")
    assert pulse(data).sentence.startswith("October: ")
