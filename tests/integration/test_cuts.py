"""When comparisons are made: a story of nights around the end of a month.

Those that are refused, killed or counted for their imports are real refreshes, the others `night`.

The tests follow one another: each night starts from what the night before left.
"""

from __future__ import annotations

import datetime as dt
import signal
from dataclasses import dataclass
from typing import Any

import polars as pl
import pytest

from pipelines.core.warehouse import open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.disclosure.cut_record import request_cut
from tests.integration.direct import night
from tests.integration.landing_halves import Halves, halved_sample
from tests.integration.made_anew import unlike_made_anew
from tests.integration.refreshing import (
    EXACT,
    Ended,
    fingerprint,
    killed_at,
    published,
    refresh,
)
from tests.integration.standing import (
    Frames,
    assert_equal,
    estimators_among,
    kept,
    refresh_and_imports,
    told,
)

pytestmark = pytest.mark.slow  # when a cut is due: tests/disclosure/test_cut.py

FIRST_UNTIL = dt.date(2026, 10, 10)
SEPTEMBER, OCTOBER = dt.date(2026, 9, 30), dt.date(2026, 10, 31)
AGENTS = "select * from marts.agent order by all"
LAST_NIGHT = "select * from meta.refresh order by refresh_id desc limit 1"
STOPPED_AT = "outcomes/trial_flow"


def standing_cut(workspace: Workspace) -> dict[str, Any]:
    return published(workspace, "select * from meta.cut").row(0, named=True)


def last_night(workspace: Workspace) -> dict[str, Any]:
    return published(workspace, LAST_NIGHT).row(0, named=True)


@dataclass(frozen=True)
class Night:
    """How a night ended, and what stands since."""

    halves: Halves
    ended: Ended
    kept: Frames
    told: Frames
    agents: pl.DataFrame

    @property
    def workspace(self) -> Workspace:
        return self.halves.workspace


def after(halves: Halves, ended: Ended) -> Night:
    assert ended.status == 0, ended.output
    workspace = halves.workspace
    return Night(halves, ended, kept(workspace), told(workspace), published(workspace, AGENTS))


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Night:
    halves = halved_sample(tmp_path_factory.mktemp("cuts"), FIRST_UNTIL, n_agents=150, months=9)
    return after(halves, night(halves.workspace))


def test_the_first_comparison_goes_to_the_last_whole_month(first: Night) -> None:
    said = first.ended.last_line
    assert said.startswith(
        "published data until 2026-10-10, comparisons to 2026-09-30 made (first)"
    )
    cut_now = standing_cut(first.workspace)
    assert (cut_now["counts_until"], cut_now["comparison_until"]) == (FIRST_UNTIL, SEPTEMBER)
    assert (cut_now["cause"], cut_now["next_cut_on"]) == ("first", dt.date(2026, 11, 1))
    until = published(first.workspace, "select distinct data_until from outcomes.comparison")
    assert until["data_until"].to_list() == [SEPTEMBER]


@pytest.fixture(scope="module")
def quiet(first: Night, tmp_path_factory: pytest.TempPathFactory) -> tuple[Night, set[str]]:
    ended, modules = refresh_and_imports(first.workspace, tmp_path_factory.mktemp("quiet"))
    return after(first.halves, ended), modules


def test_a_night_with_nothing_new_leaves_everything_and_estimates_nothing(
    first: Night, quiet: tuple[Night, set[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    now, modules = quiet
    assert_equal(first.kept, now.kept)
    assert_equal(first.told, now.told)
    assert estimators_among(modules) == []
    assert not {"great_expectations", "plotly", "sqlglot", "markdown_it"} & modules
    anew = tmp_path_factory.mktemp("quiet_anew")
    assert unlike_made_anew(now.workspace, anew) == []
    assert "comparisons to 2026-09-30 stand: no estimate changed" in now.ended.last_line
    row = last_night(now.workspace)
    assert (row["cut_cause"], row["comparison_until"]) == (None, SEPTEMBER)
    assert standing_cut(now.workspace)["cause"] == "first"


@pytest.fixture(scope="module")
def shifts(
    quiet: tuple[Night, set[str]], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Night, set[str]]:
    """The shifts of the rest of October come; sessions and exits don't yet."""
    halves = quiet[0].halves
    halves.deliver("shifts")
    ended, modules = refresh_and_imports(halves.workspace, tmp_path_factory.mktemp("shifts"))
    return after(halves, ended), modules


def test_a_delivery_between_cuts_moves_counts_and_no_comparison(
    quiet: tuple[Night, set[str]], shifts: tuple[Night, set[str]]
) -> None:
    now, modules = shifts
    assert_equal(quiet[0].kept, now.kept)
    assert_equal(quiet[0].told, now.told)
    assert estimators_among(modules) == []
    said = now.ended.last_line
    assert said.startswith("published data until 2026-10-31, comparisons to 2026-09-30 stand")
    cut_now = standing_cut(now.workspace)
    assert (cut_now["counts_until"], cut_now["comparison_until"]) == (OCTOBER, SEPTEMBER)


def test_what_was_kept_is_as_if_made_anew(
    shifts: tuple[Night, set[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """After a night without news, which kept nearly all, and one with shifts, which kept some."""
    workspace = shifts[0].workspace
    assert unlike_made_anew(workspace, tmp_path_factory.mktemp("anew")) == []


def test_the_rest_of_a_publication_is_tonights(
    first: Night, shifts: tuple[Night, set[str]]
) -> None:
    workspace = shifts[0].workspace
    files = published(workspace, "select file, first_seen_at from quality.ingested_file")
    assert files.filter(files["file"].str.starts_with("later_")).height >= 1
    came = published(workspace, "select distinct source from meta.data_change")
    assert came["source"].to_list() == ["shifts"]
    newest = published(
        workspace, "select latest_date from quality.freshness where source = 'shifts'"
    )
    assert newest.item() == OCTOBER
    assert not published(workspace, AGENTS).equals(first.agents)
    assert "Data reach 31 Oct 2026" in (workspace.published_site / "index.html").read_text("utf-8")


@pytest.fixture(scope="module")
def month_end(shifts: tuple[Night, set[str]]) -> tuple[Night, Ended]:
    """The month is whole; the first try is refused, the second killed, the third publishes."""
    halves = shifts[0].halves
    workspace, before = halves.workspace, fingerprint(halves.workspace.published)
    halves.deliver("roster", "coaching_sessions", "attrition", "performance", "fatigue_surveys")
    bad = workspace.landing_source("attrition") / "attrition_bad.csv"
    bad.write_text("employee_id,separation_date,separation_type\nE100002,31/02/2026,voluntary\n")
    refused = refresh(workspace)
    bad.unlink()
    killed = killed_at(STOPPED_AT, workspace)
    assert killed.status == -signal.SIGKILL, killed.output
    assert fingerprint(workspace.published) == before
    return after(halves, night(workspace)), refused


def test_a_refused_and_a_killed_cut_are_made_again(
    shifts: tuple[Night, set[str]], month_end: tuple[Night, Ended]
) -> None:
    now, refused = month_end
    assert refused.status == 2, refused.output
    assert "comparisons to 2026-10-31 made (month end)" in now.ended.last_line
    cut_now = standing_cut(now.workspace)
    assert (cut_now["comparison_until"], cut_now["cause"]) == (OCTOBER, "month_end")
    assert cut_now["next_cut_on"] == dt.date(2026, 12, 1)
    assert last_night(now.workspace)["cut_cause"] == "month_end"
    assert last_night(now.workspace)["n_estimates_changed"] > 0
    before = shifts[0].told["outcomes.comparison"]
    assert not before.equals(now.told["outcomes.comparison"])


def test_a_cut_can_be_asked_for(month_end: tuple[Night, Ended]) -> None:
    before, _ = month_end
    with open_warehouse(before.workspace.warehouse_file) as con:
        request_cut(con, "command")
    ended = night(before.workspace)
    assert "comparisons to 2026-10-31 made (command): no estimate changed" in ended.last_line
    assert last_night(before.workspace)["cut_cause"] == "command"
    again = after(before.halves, night(before.workspace))
    assert "stand" in again.ended.last_line
    assert_equal(before.told, again.told)


def test_changed_settings_make_a_cut_and_may_name_its_day(month_end: tuple[Night, Ended]) -> None:
    workspace = month_end[0].workspace
    workspace.settings_file.write_text("data_until = 2026-08-31\n")
    ended = night(workspace)
    assert ended.status == 0, ended.output
    assert "comparisons to 2026-08-31 made (settings)" in ended.last_line
    assert standing_cut(workspace)["comparison_until"] == dt.date(2026, 8, 31)


def test_shown_numbers_alone_make_no_cut(month_end: tuple[Night, Ended]) -> None:
    workspace = month_end[0].workspace
    display = '[display]\ndecimal = ","\nthousands = "."\n'
    workspace.settings_file.write_text(f"data_until = 2026-08-31\n{display}")
    ended = night(workspace)
    assert ended.status == 0, ended.output
    assert "comparisons to 2026-08-31 stand" in ended.last_line


def test_without_a_calendar_every_night_with_news_is_a_cut(month_end: tuple[Night, Ended]) -> None:
    workspace = month_end[0].workspace
    workspace.settings_file.write_text(EXACT)
    for what in ("made (every night): ", "stand: no estimate changed"):
        ended = night(workspace)
        assert ended.status == 0, ended.output
        assert f"comparisons to 2026-10-31 {what}" in ended.last_line
    assert standing_cut(workspace)["next_cut_on"] is None
