"""Who left and who is still there, in words: few as few, rounded as rounded, never a false 0."""

from __future__ import annotations

import re
from dataclasses import replace

import polars as pl
import pytest

from dashboards.figures.hire_map import hire_map
from dashboards.pages.today import today_page
from dashboards.sentences.leavers import leavers, stayers_note, stayers_title
from tests.figures.today_worlds import usual, with_leavers
from tests.figures.visible_text import visible_text


def test_reasons_and_regretted_losses_are_told_with_their_rounding() -> None:
    told = leavers(usual())
    assert told.title == "Regretted losses: about 120 of about 200 leavers that HR has judged"
    assert told.rows[0] == ("Pay", "about 80")
    assert [name for name, _ in told.rows] == [
        "Pay", "Study", "Other (as recorded)", "Reasons of few people, together", "Not recorded",
    ]  # fmt: skip
    assert told.alone == "A reason has a row of its own from 10 people of 3 teams on."
    exact = leavers(replace(usual(), grid=0))
    assert (exact.title, exact.rows[0][1]) == (
        "Regretted losses: 120 of 200 leavers that HR has judged",
        "80",
    )


@pytest.mark.parametrize("n", [0, 5])
def test_few_regretted_losses_are_told_as_few(n: int) -> None:
    assert (
        leavers(with_leavers(usual(), n)).title
        == "Regretted losses: fewer than 10 of about 200 leavers that HR has judged"
    )


def test_what_is_not_delivered_is_no_data_and_what_is_hidden_is_hidden() -> None:
    data = usual()
    none = data.regretted_exit.with_columns(
        status=pl.lit("no_data"), n_recorded=None, n_regretted=None
    )
    hidden = none.with_columns(status=pl.lit("suppressed"))
    assert leavers(replace(data, regretted_exit=none)).absent == "No data on regretted losses."
    bare = leavers(replace(data, regretted_exit=none, exit_reason=data.exit_reason.clear()))
    assert not bare.has_figures
    assert bare.absent == "No data on reasons for leaving and regretted losses."
    title = leavers(replace(data, regretted_exit=hidden)).title
    assert title == "Regretted losses: hidden for privacy"


def test_a_quarter_that_could_not_stay_so_long_is_too_early_and_never_nought() -> None:
    months, rows = hire_map(usual())
    assert months == (1, 2, 3, 6, 9, 12)
    newest = rows[0].cells
    assert rows[0].hired == "100"
    assert [cell.text for cell in newest] == ["99", "98", "97", "too early"]
    assert sum(cell.n_columns for cell in newest) == len(months)
    assert stayers_title(usual()) == (
        "Hired in Q2 2026: 97 of 100 still there after 3 months, 92 a year before"
    )
    assert hire_map(usual(), "Birch")[1] == rows
    assert hire_map(usual(), "Cedar") == ((), ())
    assert stayers_title(usual(), "Cedar").endswith(": hidden for privacy")
    html = today_page(usual(), None)
    body = html.split('id="stayers"')[1].split("</section>")[0]
    assert not re.search(r">0</td>", body)
    assert "too early" in visible_text(body)


def test_reasons_beyond_the_longest_list_are_told_with_their_leavers() -> None:
    """The last to be listed and the first to be left out may have as many leavers."""
    data = usual()
    one = data.exit_reason.head(1)
    more = [one.with_columns(reason=pl.lit(f"reason {i}")) for i in range(7)]
    told = leavers(replace(data, exit_reason=pl.concat([data.exit_reason, *more])))
    assert [told.rows[0][1], *{name for name, _ in told.rows[-1:]}] == ["about 80", "Not recorded"]
    listed = {name for name, _ in told.rows}
    left_out = {f"Reason {i}" for i in range(7)} - listed
    assert left_out
    for name in left_out:
        assert f"{name.lower()} about 80" in told.further


def test_no_table_has_other_alone() -> None:
    """Where no reason has a figure there is no list, only the word for it."""
    data = usual()
    none = data.exit_reason.with_columns(
        n_exits=pl.lit(None, pl.Int64), status=pl.lit("suppressed")
    )
    told = leavers(replace(data, exit_reason=none))
    assert (told.rows, told.further) == ((), "")
    assert told.absent == "Why people left: hidden for privacy."
    assert told.title.startswith("Regretted losses: about 120")
    first = data.regretted_exit.with_columns(first_month="last_month")
    assert (
        leavers(replace(data, regretted_exit=first)).span
        == "Who left in October 2026, as HR recorded it"
    )
    no_marks = data.regretted_exit.with_columns(status=pl.lit("no_data"))
    bare = leavers(replace(data, exit_reason=none, regretted_exit=no_marks))
    assert not bare.has_figures
    assert bare.absent == "Why people left: hidden for privacy. No data on regretted losses."


def test_too_early_is_explained_only_where_a_cell_says_so() -> None:
    data = usual()
    assert "“Too early”" in stayers_note(data)
    hidden = data.hire_quarter.with_columns(
        status=pl.col("status").replace("too_early", "suppressed")
    )
    assert "“Too early”" not in stayers_note(replace(data, hire_quarter=hidden))
