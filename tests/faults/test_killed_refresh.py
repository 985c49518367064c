"""A few real refreshes killed, a clock set back, readers beside swaps: the short forms.

Fifty kills, full disks and the like take minutes: ``python -m bench.faults``; thirty nights with
four readers: ``python -m bench.nights``.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from bench.equality import differences
from bench.faults.kills import killed_refreshes
from bench.nights import BY_NATURE, SETTINGS, SOURCES
from pipelines.config.settings import Settings
from pipelines.core.warehouse import open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.release import refresh_log
from tests.faults.readers import FOLDER, four_readers, torn_readings
from tests.faults.small_centre import END, SmallCentre, whole_publication
from tests.faults.test_versions import publish as publish_number
from tests.integration.direct import publish


@pytest.mark.slow
def test_a_refresh_killed_three_times_over_is_healed_by_the_next(tmp_path: Path) -> None:
    said = killed_refreshes(tmp_path, 3, in_a_row=3, sources=SOURCES, seed=5)
    assert not said.startswith("0 of"), said


@pytest.mark.slow
def test_a_night_of_late_and_corrected_rows_publishes_what_a_run_from_scratch_does(
    tmp_path: Path,
) -> None:
    until = END - dt.timedelta(days=2)
    centre = SmallCentre.begin(tmp_path / "centre", until, settings=SETTINGS, sources=SOURCES)
    publish(centre.workspace)
    centre.deliver_day(END)
    centre.deliver_day(END - dt.timedelta(days=1))
    centre.correct("attrition", "corrected.csv", "separation_type", "other", 3)
    publish(centre.workspace)
    assert whole_publication(centre.workspace) == 2
    centre.assert_staged()
    other = publish(centre.anew(tmp_path / "scratch"))
    files = (centre.workspace.published_analytics, other.published_analytics)
    unlike = [each for each in differences(*files) if each.partition(":")[0] not in BY_NATURE]
    assert unlike == []


def test_no_reader_sees_half_of_thirty_publications(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace")
    workspace.private.mkdir(parents=True)
    publish_number(workspace, 1)
    with four_readers(workspace.published, tmp_path / "notes", kinds=(FOLDER, FOLDER)):
        for number in range(2, 31):
            publish_number(workspace, number)
    n_readings, torn = torn_readings(tmp_path / "notes", set())
    assert n_readings >= 2
    assert torn == []


def test_what_is_noted_never_lies_before_the_last_publication() -> None:
    """A clock that was set back must not hide a new delivery behind an old publication."""
    now = dt.datetime.now(dt.UTC)
    ahead = now + dt.timedelta(days=30)
    publication = refresh_log.Publication(END, END, None, 1, None)
    with open_warehouse(Path(":memory:")) as con:
        row = refresh_log.refresh_row(con, 1, ahead, refresh_log.PUBLISHED, Settings(), publication)
        refresh_log.confirm(con, row.with_columns(finished_at=ahead.replace(tzinfo=None)))
        noted = refresh_log.after_publication(con, now)
        assert noted > ahead.replace(microsecond=0)
        later = refresh_log.refresh_row(con, 2, now, refresh_log.PUBLISHED, Settings(), publication)
        refresh_log.confirm(con, later)
        assert refresh_log.published_at(con) >= noted.replace(microsecond=0)
