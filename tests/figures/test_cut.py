"""Every page says on its first screen up to when it counts and up to when it compares."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from dashboards.build import build_site
from dashboards.data import Cut, Headcount
from dashboards.load import load_cut, load_headcount
from dashboards.pages.digest import HTML_PATH, TEXT_PATH
from dashboards.pages.layout import PAGES
from dashboards.pages.overview import overview_page
from dashboards.sentences.cut import cut_line
from dashboards.vendor import Bundle
from pipelines.contracts.tables import empty_frame
from pipelines.core.warehouse import Connection, open_warehouse, write
from pipelines.disclosure.cut import dates_around
from tests.figures.visible_text import visible_text
from tests.figures.worlds import clear_difference, nothing

NOV_27, OCT_31, DEC_1 = dt.date(2026, 11, 27), dt.date(2026, 10, 31), dt.date(2026, 12, 1)
REGULAR = Cut(NOV_27, OCT_31, DEC_1, "month_end")


def line(cut: Cut, published: dt.date = dt.date(2026, 11, 28)) -> str:
    at = dt.datetime.combine(published, dt.time(2, 30), dt.UTC)
    return cut_line(replace(clear_difference(), cut=cut, published_at=at))


@pytest.mark.parametrize("cause", ["month_end", "quarter_end", "first"])
def test_both_dates_and_the_next_comparison_are_told(cause: str) -> None:
    assert line(replace(REGULAR, cause=cause)) == (
        "Data reach 27 Nov 2026. Comparisons to 31 Oct 2026, next on 1 Dec 2026."
    )


@pytest.mark.parametrize(
    ("cause", "made"),
    [
        ("settings", "made anew after a change of the settings"),
        ("code", "made anew after a change of the program"),
        ("command", "made anew between two cuts"),
        ("erasure", "made anew between two cuts"),
        ("key", "made anew between two cuts"),
        ("age", "made anew between two cuts"),
    ],
)
def test_a_cut_outside_the_calendar_says_so(cause: str, made: str) -> None:
    assert line(replace(REGULAR, cause=cause)) == (
        f"Data reach 27 Nov 2026. Comparisons to 31 Oct 2026, {made}, next on 1 Dec 2026."
    )


def test_an_erasure_can_not_be_told_from_a_command() -> None:
    assert line(replace(REGULAR, cause="erasure")) == line(replace(REGULAR, cause="command"))


def test_without_a_cut_everything_is_made_anew() -> None:
    every_night = Cut(NOV_27, NOV_27, None, "every_night")
    assert line(every_night) == "Everything to 27 Nov 2026, made anew every night."


def test_before_a_whole_month_is_there_all_that_is_there_is_compared() -> None:
    first = Cut(dt.date(2026, 11, 12), dt.date(2026, 11, 12), DEC_1, "first")
    assert line(first) == (
        "Data reach 12 Nov 2026. Comparisons to the end of the data, next on 1 Dec 2026."
    )
    whole = Cut(OCT_31, OCT_31, DEC_1, "month_end")
    assert "Comparisons to 31 Oct 2026, next" in line(whole)


def test_no_comparison_and_no_data_are_said_as_they_are() -> None:
    assert line(Cut(NOV_27, None, DEC_1)) == (
        "Data reach 27 Nov 2026. No comparison yet, next on 1 Dec 2026."
    )
    assert cut_line(nothing()) == "No data yet, so nothing is counted or compared."
    assert line(replace(REGULAR, next_on=None)) == (
        "Data reach 27 Nov 2026. Comparisons to 31 Oct 2026."
    )


def test_a_comparison_to_come_is_told_with_what_it_waits_for_where_data_are_late() -> None:
    cut = replace(REGULAR, waits_for=dt.date(2026, 11, 30))
    data = replace(
        clear_difference(), cut=cut, published_at=dt.datetime(2026, 11, 28, tzinfo=dt.UTC)
    )
    assert cut_line(data).endswith(" next on 1 Dec 2026.")
    late = data.freshness.with_columns(pl.lit("late").alias("status"))
    assert cut_line(replace(data, freshness=late)).endswith(
        " next on 1 Dec 2026 if the data reach 30 Nov 2026."
    )


@pytest.mark.parametrize("published", [DEC_1, dt.date(2026, 12, 5)])
def test_a_day_that_has_passed_is_never_the_next_one(published: dt.date) -> None:
    said = line(REGULAR, published)
    assert "next on" not in said
    assert said.endswith(" The next comparison comes when the data reach the end of November 2026.")


@pytest.mark.parametrize(
    ("days", "ago"),
    [(60, ""), (61, "2 months"), (274, "9 months"), (730, "2 years"), (1100, "3 years")],
)
def test_data_that_end_long_ago_are_called_so(days: int, ago: str) -> None:
    said = line(REGULAR, NOV_27 + dt.timedelta(days=days))
    told = f" These figures are about {ago} old."
    assert said.endswith(told) if ago else "long ago" not in said


def test_every_page_and_the_digest_say_it_before_anything_else(tmp_path: Path) -> None:
    data = clear_difference()
    build_site(data, tmp_path, Bundle("/* charts */", None, "notices"))
    said = cut_line(data)
    for _, file, _ in PAGES:
        text = visible_text((tmp_path / file).read_text("utf-8"))
        lines = text.splitlines()
        assert said in lines[:6], file
    assert '<meta name="viewport"' in (tmp_path / HTML_PATH).read_text("utf-8")
    for file in (TEXT_PATH, HTML_PATH):
        assert said in (tmp_path / file).read_text("utf-8")


def test_charts_carry_the_date_of_the_comparisons() -> None:
    text = visible_text(overview_page(clear_difference(), None))
    assert re.search(r"exits · Data to 31 Oct 2026 · Published", text)
    assert "Data to 20 Nov 2026" not in text


@pytest.mark.parametrize(
    ("n_employed", "n_left", "employed"),
    [(1204, 532, "1,204"), (10, 9, "10"), (9, 0, "hidden for privacy")],
)
def test_agents_of_the_night_are_hidden_under_the_smallest_group(
    tmp_path: Path, n_employed: int, n_left: int, employed: str
) -> None:
    with agents(tmp_path, n_employed, n_left) as con:
        counted = load_headcount(con, min_group=10)
    text = visible_text(overview_page(replace(clear_difference(), headcount=counted), None))
    assert f"Agents employed\n{employed}\ncounted to 20 Nov 2026" in text


def test_nobody_at_all_is_no_data(tmp_path: Path) -> None:
    with agents(tmp_path, 0, 0) as con:
        counted = load_headcount(con, min_group=10)
    assert counted == Headcount()
    text = visible_text(overview_page(replace(clear_difference(), headcount=counted), None))
    assert "Agents employed\nno data\n" in text


@contextmanager
def agents(folder: Path, n_employed: int, n_left: int) -> Iterator[Connection]:
    """A warehouse with so many agents employed and gone, and two people who never were agents."""
    days = [None] * n_employed + [dt.date(2026, 10, 1)] * n_left
    rows = {
        "is_ever_agent": [True] * len(days) + [False] * 2,
        "is_employed": [day is None for day in days] + [True] * 2,
        "exit_date": [*days, None, None],
    }
    with open_warehouse(folder / "w.duckdb") as con:
        write(con, "marts.agent", pl.DataFrame(rows, schema_overrides={"exit_date": pl.Date}))
        yield con


def test_cut_is_read_from_its_table(tmp_path: Path) -> None:
    with open_warehouse(tmp_path / "w.duckdb") as con:
        write(con, "meta.cut", empty_frame("meta.cut"))
        assert load_cut(con) == Cut()
        around = dates_around(REGULAR.counts_until, REGULAR.comparison_until, DEC_1, NOV_27)
        told = {
            "counts_until": REGULAR.counts_until,
            "comparison_until": REGULAR.comparison_until,
            "next_cut_on": DEC_1,
            "cause": "month_end",
        }
        write(con, "meta.cut", pl.DataFrame([told | around]))
        assert load_cut(con) == replace(REGULAR, **around)
    assert around == {
        "waits_for": dt.date(2026, 11, 30),
        "quarter_later_on": dt.date(2027, 1, 30),
        "is_whole_month": True,
        "data_age_days": 0,
        "is_long_ago": False,
    }
