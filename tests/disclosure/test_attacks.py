"""The attacks that broke an earlier publication: with the guard off they work, with it they don't.

A contact centre of 400 is taken in by the nightly job; the publications are made from it by the
same models, estimators and release, each attack reads nothing else and what colleagues know.
"""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import polars as pl
import pytest

from pipelines.config.settings import Comparison, Privacy, Settings
from pipelines.core.warehouse import Connection, fetch, open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.simulation import write_sample
from tests.disclosure.cuts import (
    GUARDED,
    UNGUARDED,
    copied,
    make_cut,
    make_cuts,
    month_ends,
    published,
    true_kinds,
)
from tests.disclosure.kinds_attack import Published, certain_share, hidden_by_how
from tests.disclosure.whole_people import followed
from tests.integration.direct import publish

pytestmark = pytest.mark.slow  # quicker: what is hidden and rounded, beside this file
END = dt.date(2026, 10, 31)
MOST_CERTAIN = 0.15
"""Of how many leavers the kind may follow in a year, at 400 agents."""
SECONDS = 5.0
"""For asking it of whole people; on a slow machine some stay undecided."""


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Four hundred agents, with the three sources that exits rest on."""
    workspace = Workspace(tmp_path_factory.mktemp("attacked"))
    write_sample(workspace.landing, n_agents=400, months=24, seed=7, end=END)
    for source in ("fatigue_surveys", "performance", "training"):
        shutil.rmtree(workspace.landing_source(source))
    return publish(workspace)


Attacked = tuple[list[Published], dict[str, str]]
"""Publications, and how everybody left who had by the last of them."""


def year(centre: Workspace, folder: Path, privacy: Privacy, days: list[dt.date]) -> Attacked:
    """Publish at each of some days."""
    publications, truth = [], {}
    for day, con in make_cuts(copied(centre, folder), days, privacy):
        publications.append(published(con, Settings(data_until=day, privacy=privacy)))
        assert not hidden_by_how(publications[-1].months, privacy.min_leavers)
        truth = true_kinds(con)
    return publications, truth


@pytest.fixture(scope="module")
def unguarded(centre: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Attacked:
    return year(centre, tmp_path_factory.mktemp("off"), UNGUARDED, month_ends(END, 2))


@pytest.fixture(scope="module")
def guarded(centre: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Attacked:
    return year(centre, tmp_path_factory.mktemp("on"), GUARDED, month_ends(END, 3))


@pytest.mark.parametrize("only", ["rows", "curve"])
def test_how_people_left_doesnt_follow_from_one_publication(
    unguarded: Attacked, guarded: Attacked, only: str
) -> None:
    """Subset sums on curves; bands between horizons and parts."""
    for (publications, truth), privacy in ((unguarded, UNGUARDED), (guarded, GUARDED)):
        share = certain_share(publications[:1], truth, privacy.grid, only)
        assert share > 0.5 if privacy is UNGUARDED else share <= 0.02


def test_how_people_left_hardly_follows_from_some_months_of_publications(
    unguarded: Attacked, guarded: Attacked
) -> None:
    """Three months here; a whole year is `python -m bench.disclosure --attack`."""
    assert certain_share(*unguarded, UNGUARDED.grid) > 0.7
    assert followed(*guarded, GUARDED.grid, SECONDS).share <= MOST_CERTAIN


def test_how_people_left_hardly_follows_from_the_first_cuts(
    centre: Workspace, tmp_path: Path
) -> None:
    """A year earlier, when few had left and every figure was told for the first time."""
    days = month_ends(END, 12)[:2]
    assert certain_share(*year(centre, tmp_path / "off", UNGUARDED, days[:1]), 0) > 0.7
    publications, truth = year(centre, tmp_path / "on", GUARDED, days)
    for n_cuts in (1, 2):
        found = followed(publications[:n_cuts], truth, GUARDED.grid, SECONDS)
        assert found.share <= MOST_CERTAIN


def team_hours(con: Connection, month: dt.date) -> dict[str, float]:
    """What each team's published hours and rate of absence multiply to."""
    rows = fetch(con, "select * from release.team_month where month = $1", [month])
    lost = rows.select("team", lost=pl.col("scheduled_hours") * pl.col("unplanned_absence_rate"))
    return dict(lost.drop_nulls().iter_rows())


def test_a_corrected_absence_isnt_the_difference_of_two_publications(
    centre: Workspace, tmp_path: Path
) -> None:
    month = dt.date(2026, 9, 1)
    for privacy, is_told in ((UNGUARDED, True), (GUARDED, False)):
        other = copied(centre, tmp_path / str(is_told))
        with open_warehouse(other.warehouse_file) as con:
            settings = Settings(data_until=END, privacy=privacy)
            make_cut(con, settings, END)
            before = team_hours(con, month)
            con.execute(
                "update staging.shifts set absent_hours = 7.5, absence_type = 'sick' "
                "where (employee_id, shift_date) in (select employee_id, shift_date "
                "from staging.shifts where shift_date between '2026-09-07' and '2026-09-11' "
                "and absent_hours = 0 order by employee_id, shift_date limit 1)"
            )
            make_cut(con, settings, END)
            after = team_hours(con, month)
        moved = {team: after[team] - before[team] for team in before if team in after}
        found = any(abs(change - 7.5) < 0.01 for change in moved.values())
        assert found == is_told


LEAVER = """
insert into staging.attrition (employee_id, separation_date, separation_type)
select pseudonym.employee_id, cast('2026-10-20' as date), 'voluntary'
from marts.coaching_episode as episode
inner join staging.pseudonym as pseudonym on pseudonym.person_key = episode.agent_key
where episode.exit_type is null and episode.follow_up_days between 20 and 80
order by pseudonym.employee_id
limit 1
"""
CORRECTED = """
update staging.attrition set separation_date = separation_date - interval 1 day
where separation_date < '2026-06-01'
"""


@pytest.mark.parametrize(("privacy", "is_told"), [(UNGUARDED, True), (GUARDED, False)])
def test_a_pending_leaver_cant_be_flushed_out(
    centre: Workspace, tmp_path: Path, privacy: Privacy, is_told: bool
) -> None:
    """Correct old rows, change a setting and change it back: one new leaver still waits."""
    settings = Settings(data_until=END, privacy=privacy)
    changed = settings.model_copy(
        update={"comparison": Comparison(horizon_days=(90, 180, 270, 365))}
    )
    with open_warehouse(copied(centre, tmp_path / "c").warehouse_file) as con:
        make_cut(con, settings, END)
        before = leaving(con)
        con.execute(LEAVER)
        for asked in (settings, changed, settings):
            make_cut(con, asked, END)
        con.execute(CORRECTED)
        make_cut(con, settings, END)
        moved = leaving(con) != before
    assert moved == is_told


def leaving(con: Connection) -> list[tuple[object, ...]]:
    """How many left in which way by the longest horizon, as it is published."""
    query = (
        "select outcome, n_events_a, n_events_b from release.comparison "
        "where segment = 'all' and design = 'unadjusted' and horizon_days = 365 "
        "and outcome in ('voluntary_exit', 'involuntary_exit') "
        "and estimand = 'risk_difference' order by outcome"
    )
    return fetch(con, query).rows()
