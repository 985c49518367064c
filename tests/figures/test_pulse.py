"""What the pulse says of sites: nothing about those for which nobody knows what is usual."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from dashboards.data import SiteData
from dashboards.figures.site_map import site_map
from dashboards.formats import DASH
from dashboards.pages.month_views import sites_script, trend_tile
from dashboards.sentences.pulse import pulse
from dashboards.sentences.today import kinds_untold, not_drawn, site_rows
from dashboards.trends import counted, series
from pipelines.config.settings import Privacy
from pipelines.disclosure.check import small_counts
from pipelines.disclosure.confidentiality import Protection
from tests.figures.today_worlds import (
    Row,
    months,
    more_leavers,
    no_month,
    process_changed,
    publication,
    site_closes,
)

DEFAULT = Protection.of(Privacy())
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
            "At 2 of 3 sites too few leave to say what is usual; "
            "Aster is within its own usual range.",
        ),
        ({"Aster": FEW, "Birch": FEW}, "No site has enough leavers to say what is usual there."),
        (
            {"Aster": [*USUAL[:-1], 60], "Birch": USUAL, "Cedar": FEW},
            "Aster is outside its own usual range; the one other that can be judged is not.",
        ),
        (
            {"Aster": [*USUAL[:-1], 60], "Birch": FEW},
            "Aster is outside its own usual range; no other site has enough leavers to say.",
        ),
        (
            {"Aster": [*FEW[:-1], 6], "Birch": USUAL, "Cedar": FEW},
            "Aster is outside its own usual range; the one other that can be judged is not.",
        ),
        (
            {"Aster": [*USUAL[:-1], 60], "Birch": USUAL},
            "Aster is outside its own usual range; the other is not.",
        ),
        (
            {"Aster": [*USUAL[:-8], *[7, 8] * 4], "Birch": USUAL},
            "No site is outside its own usual range. "
            "Within its usual range, but worth a look: Aster (8 months above average).",
        ),
    ],
)
def test_a_site_without_limits_is_never_said_to_be_as_usual(
    sites: Mapping[str, Sequence[int]], expected: str
) -> None:
    assert context(sites).endswith(expected)


def test_many_who_leave_where_few_do_are_told_as_such() -> None:
    """Six in a month after 12 in 23 is no chance; the month has no usual range all the same."""
    data = publication(months(24), sites={"Aster": site([*FEW[:-1], 6]), "Birch": site(FEW)})
    told = pulse(data, "Aster")
    assert told.sentence == (
        "October: 6 agents left, by choice or not; unusually many, where few leave in most months"
    )
    assert (told.badge, told.mark, told.looks) == ("Unusually high", "▲", "worse")
    rows = {row[0]: row[2:] for row in site_rows(data, counted(data.trend))}
    assert rows["Aster"] == ("6", DASH, "Unusually high")
    assert rows["Birch"] == ("0", DASH, "Too few to judge")


def test_the_first_months_of_a_site_are_too_early_not_too_few() -> None:
    first = {"Aster": site(USUAL[:2])[-2:], "Birch": site(USUAL[:2])[-2:]}
    data = publication(months(2), sites=first)
    assert pulse(data).context.endswith("It is too early to say what is usual at any site.")
    assert {row[4] for row in site_rows(data, counted(data.trend))} == {
        "Too early to say what is usual"
    }


def test_sites_are_counted_among_those_shown_where_a_small_one_hides_others() -> None:
    sites = {"Aster": site(USUAL), "Birch": site(FEW), "Cedar": site(FEW)}
    told = replace(publication(months(24), sites=sites), pooled_sites=("Dahlia", "Elm"))
    said = "At 2 of the 3 sites shown too few leave to say what is usual;"
    assert said in pulse(told).context


FEW_LEFT = [3, 4] * 12
PER_100 = re.compile(r"([\d.]+) per 100 agents a year")


@pytest.mark.parametrize(
    ("exits", "sentence"),
    [
        (FEW_LEFT, "4 agents left, by choice or not, as usual (1 to 6 a month)"),
        ([*FEW_LEFT[:-1], 9], "9 agents left, by choice or not; 1 to 6 a month is usual"),
        ([*FEW_LEFT[:-1], 0], "nobody left; 1 to 6 a month is usual"),
    ],
)
def test_few_leavers_in_any_way_are_plain_fact(exits: Sequence[int], sentence: str) -> None:
    """The rate beside a number told as few would tell it, so facts are told as they are."""
    told = pulse(publication(months(24, n_exits=exits, exits_status=["suppressed"] * 24)))
    assert told.sentence == f"October: {sentence}"
    assert "than in September" in told.context
    assert small_counts(f"{told.sentence} {told.context}", DEFAULT) == []


@pytest.mark.parametrize(
    ("chose", "grid", "sentence"),
    [
        (5, 5, "about 5 agents chose to leave"),
        (0, 5, "fewer than 5 agents chose to leave"),
        (0, 0, "nobody chose to leave"),
        (5, 0, "5 agents chose to leave"),
    ],
)
def test_few_who_chose_to_leave_are_told_as_rounded(chose: int, grid: int, sentence: str) -> None:
    data = replace(publication(months(24, n_voluntary_exits=[chose])), grid=grid)
    assert pulse(data).sentence.startswith(f"October: {sentence}")
    assert small_counts(pulse(data).sentence, DEFAULT) == (
        ["5 agents"] if chose and not grid else []
    )
    figure = trend_tile(counted(data.trend), data).figure
    assert figure == sentence.partition(" agents")[0].replace("fewer than", "under").replace(
        "nobody chose to leave", "0"
    )


@pytest.mark.parametrize("ago", [0, 1, 23])
def test_who_chose_to_leave_is_not_told_where_some_month_has_more_than_left(ago: int) -> None:
    """13 left, of whom rounded 15 chose to: then all leavers are counted, in sentence and chart."""
    left = [13, *[40] * ago]
    data = publication(months(24, n_exits=left, n_voluntary_exits=[15, *[20] * ago]))
    told = pulse(data)
    assert told.sentence.startswith(f"October: {left[-1]} agents left, by choice or not")
    assert "chose to" not in f"{told.sentence} {told.context}"
    assert counted(data.trend).measure.name == "any_exits"
    (chose,) = kinds_untold(data, counted(data.trend))
    assert not_drawn([chose], []) == (
        "Not drawn: leaving by choice (rounded to steps of 5 people, it can’t be told apart from "
        "all who left)."
    )
    assert small_counts(not_drawn([chose], []), DEFAULT) == []


def test_who_chose_to_leave_is_told_beside_all_who_left() -> None:
    data = publication(months(24, n_exits=[15], n_voluntary_exits=[15]))
    told = pulse(data)
    assert told.sentence.startswith("October: about 15 agents chose to leave")
    assert "By choice or not, 15 left, " in told.context


def test_a_tile_without_any_figure_says_what_a_month_would_need() -> None:
    data = publication(months(24, starters_status=["suppressed"] * 24))
    tile = trend_tile(series(data.trend, "left_within_90_days"), data)
    assert (tile.figure, tile.word) == ("", "Hidden for privacy")
    assert tile.before == "A month needs 10 hires to be told"
    assert small_counts(tile.before, DEFAULT) == []


def test_a_years_turnover_stands_beside_the_months_rate() -> None:
    """Leavers of twelve months over the mean headcount of these months; none of eleven."""
    left = [20, 40, 30] * 8
    told = pulse(publication(months(24, n_exits=left, n_voluntary_exits=[20] * 24))).context
    share = 100 * sum(left[-12:]) / 1000
    assert f"; over the last twelve months {share:.1f} per 100." in told
    assert PER_100.search(told)[1] == f"{100 * 12 * left[-1] / 1000:.1f}"  # type: ignore[index]
    assert "twelve" not in pulse(publication(months(11, n_exits=left))).context


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
    assert f"By choice or not, 96 left, {100 * rate:.1f} per 100 agents a year; " in told.context
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
        "October 2026: quarter not whole",
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


def test_a_site_that_closes_is_said_to_have_closed_and_is_held_against_nothing() -> None:
    """Of 77 half are no month's average headcount: 12 x 48 / 38.5 is nobody's rate."""
    data = site_closes()
    told = _sites(data)["Birch"]
    assert told["pulse"]["sentence"] == "Birch closed in October: 48 left, 29 moved"
    assert (told["pulse"]["badge"], told["pulse"]["looks"]) == ("Closed in the month", "")
    assert "1496" not in json.dumps(told)
    assert "than in September" not in told["pulse"]["context"]
    assert "Months not drawn: the month it closed in." in told["chart"]["note"]
    assert told["chart"]["cells"][0] == ["October 2026", "closed in the month", "", ""]
    context = pulse(data).context
    assert "Birch closed in October: 48 left, 29 moved. Aster is within its own usual" in context
    assert "Cedar" not in context
    rows = {row[0]: row[1:] for row in site_rows(data, counted(data.trend))}
    assert rows["Birch"] == ("0", "48", DASH, "Closed in October: 29 moved")
    assert rows["Cedar"] == (DASH, DASH, DASH, "No agents after April 2026")
    cells = {row.site: row.cells for row in site_map(data).rows}
    assert cells["Birch"][-1].said == "October 2026: closed in the month"


def test_a_site_that_opens_has_no_usual_yet_and_no_rate_of_half_a_month() -> None:
    new = [row | {"n_opening": 0, "average_headcount": 30.0} for row in months(1, n_closing=[60])]
    data = publication(months(24), sites={"Aster": site(USUAL), "Birch": new})
    assert "Birch opened in October: 60 agents at its end, 38 left." in pulse(data).context
    rate = data.trend.filter(measure="any_exit_rate", scope_value="Birch")
    assert rate["value"].to_list() == [None]
