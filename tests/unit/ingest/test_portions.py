"""A file brings the whole of a portion: what earlier files of its feed brought of it is gone."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contracts.sources import load_contracts
from pipelines.core.warehouse import fetch, open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.ingest.load import file_ledger, merge_feeds, staging_upsert
from pipelines.ingest.profile.try_feed import try_feed
from tests.unit.ingest.feeds import NOW, Feeds, employed, feeds

SHIFTS = load_contracts().source("shifts")
UKG = '[feed]\nukg = "ukg/schedule_detail"\n'
HEAD = "Person Number,Shift Start,Shift End\n"
CLOCK_TOML = """
title = "t"
layout = "made up"
columns = ["Who", "Day", "Start", "Hours", "Site"]
[merge.shifts]
scheduled_hours = "sum"
"""
CLOCK = """
select "Who" as employee_id, "Day" as shift_date, "Hours" as scheduled_hours, 0 as absent_hours,
    "Start" as _part, {} _line
from delivery
"""
PORTIONS = {"": lambda site: "", '"Site" as _portion,': lambda site: site}


def _hours(place: Feeds) -> dict[tuple[str, int], float]:
    rows = place.staged("shifts")
    return {(row["employee_id"], row["shift_date"].day): row["scheduled_hours"] for row in rows}


def _counts(place: Feeds) -> dict[str, tuple[int, int, int]]:
    found = fetch(place.con, "select file, n_rows, n_accepted, n_superseded from ledger.file")
    return {file: rest for file, *rest in found.iter_rows() if "/" in file}


def test_a_shift_whose_start_was_corrected_takes_the_place_of_the_earlier_one(
    tmp_path: Path,
) -> None:
    with feeds(tmp_path) as place:
        place.declare(UKG)
        place.drop("roster/r.csv", employed("009131"))
        line = "009131,11/18/2025 {},11/18/2025 {}\n"
        place.drop("ukg/1.csv", HEAD + line.format("08:00AM", "04:00PM"))
        place.refresh("roster", "people", "shifts")
        place.drop("ukg/2.csv", HEAD + line.format("08:30AM", "04:30PM"))
        report = place.refresh("roster", "people", "shifts")["shifts"]
        assert _hours(place) == {("009131", 18): 8}
        assert _counts(place) == {"ukg/1.csv": [1, 0, 1], "ukg/2.csv": [1, 1, 0]}
        assert report.n_replaced == 1


def test_rows_of_one_record_come_back_once_each_when_their_days_come_again(tmp_path: Path) -> None:
    week = """
    select "Who" as employee_id, day as shift_date, "Hours" as scheduled_hours, 0 as absent_hours,
        'x' as _part, _line
    from delivery, unnest(['2026-03-02', '2026-03-03', '2026-03-04']) as made(day)
    """
    with feeds(tmp_path) as place:
        place.declare('[feed]\nweek = "own/week"\n')
        toml = CLOCK_TOML.replace(', "Day", "Start", "Hours", "Site"', ', "Hours"')
        place.recipe("own/week", toml, shifts=week)
        place.drop("roster/r.csv", employed("E1"))
        place.drop("week/1.csv", "Who,Hours\nE1,8\n")
        place.refresh("roster", "people", "shifts")
        place.drop("week/2.csv", "Who,Hours\nE1,6\n")
        report = place.refresh("roster", "people", "shifts")["shifts"]
        assert report.n_replaced == 3
        assert _counts(place)["week/1.csv"] == [3, 0, 3]
        assert _hours(place) == {("E1", day): 6 for day in (2, 3, 4)}


FILES = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from("12"), st.integers(2, 3), st.integers(6, 8), st.sampled_from("NS")
        ),
        min_size=1,
        max_size=6,
        unique=True,
    ),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize("portion", [*PORTIONS])
@settings(max_examples=4, deadline=None)
@given(files=FILES)
def test_portions_night_by_night_are_a_naive_recount(
    portion: str, files: list[list[tuple[str, int, int, str]]]
) -> None:
    with tempfile.TemporaryDirectory() as folder, feeds(Path(folder)) as place:
        place.declare('[feed]\nclock = "own/clock"\n')
        place.recipe("own/clock", CLOCK_TOML, shifts=CLOCK.format(portion))
        place.drop("roster/r.csv", employed("E1", "E2"))
        place.refresh("roster", "people")
        stands: dict[tuple[str, int, str], dict[tuple[int, str], int]] = {}
        for night, rows in enumerate(files, start=1):
            of_file: dict[tuple[str, int, str], dict[tuple[int, str], int]] = {}
            text = "Who,Day,Start,Hours,Site\n"
            for who, day, start, site in rows:
                text += f"E{who},2026-03-{day:02d},{start},{night},{site}\n"
                named = PORTIONS[portion](site)
                of_file.setdefault((who, day, named), {})[start, named] = night
            stands |= of_file
            place.drop(f"clock/{night}.csv", text)
            place.refresh("shifts")
        naive: dict[tuple[str, int], float] = {}
        for (who, day, _), parts in stands.items():
            key = (f"E{who}", day)
            naive[key] = naive.get(key, 0) + sum(parts.values())
        assert _hours(place) == naive
        told = {int(file[6:-4]): n for file, (_, n, _) in _counts(place).items()}
        expected = dict.fromkeys(told, 0)
        for parts in stands.values():
            for night in parts.values():
                expected[night] += 1
        assert told == expected
        staging_upsert.build_anew(place.con, SHIFTS)
        assert _hours(place) == naive
        assert sum(merge_feeds.count_parts(place.con, SHIFTS).values()) == sum(expected.values())


def test_a_trial_shows_what_the_file_takes_the_place_of(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.warehouse_file.parent.mkdir(parents=True)
    with open_warehouse(workspace.warehouse_file) as con:
        place = Feeds(con, tmp_path)
        place.declare(UKG)
        place.drop("roster/r.csv", employed("009131", "009132"))
        line = "{},11/18/2025 {},11/18/2025 {}\n"
        place.drop(
            "ukg/1.csv",
            HEAD
            + line.format("009131", "08:00AM", "04:00PM")
            + line.format("009132", "08:00AM", "04:00PM"),
        )
        place.refresh("roster", "people", "shifts")
    place.drop("ukg/2.csv", HEAD + line.format("009131", "08:30AM", "05:30PM"))
    said = "\n".join(try_feed(workspace, "ukg").lines)
    assert (
        "merged, with what earlier files say of the same: 1 rows of the file become or add to 1; "
        "1 rows of earlier files give way to them; the first:"
    ) in said
    assert "scheduled_hours=9.0" in said.rpartition("merged")[2]
    with open_warehouse(workspace.warehouse_file) as con:
        place = Feeds(con, tmp_path)
        place.refresh("roster", "people", "shifts")
        assert _hours(place) == {("009131", 18): 9, ("009132", 18): 8}
    again = "\n".join(try_feed(workspace, "ukg").lines)
    assert again.rpartition("merged")[2] == said.rpartition("merged")[2]


def test_what_a_file_replaced_and_lost_is_told(tmp_path: Path) -> None:
    with feeds(tmp_path) as place:
        place.declare('[feed]\nclock = "own/clock"\n')
        place.recipe("own/clock", CLOCK_TOML, shifts=CLOCK.format(""))
        place.drop("roster/r.csv", employed("E1"))
        head = "Who,Day,Start,Hours,Site\n"
        days = "".join(f"E1,2026-03-{day:02d},6,8,N\n" for day in range(1, 26))
        place.drop("clock/1.csv", head + days)
        place.refresh("roster", "people", "shifts")
        place.drop("clock/2.csv", head + days.replace("-09,6,8", "-09,6,7") + "E1,soon,6,8,N\n")
        place.refresh("roster", "people", "shifts")
        line = file_ledger.describe_taken(place.con, NOW - dt.timedelta(1))[-1]
        assert line.startswith(
            "taken shifts/clock/2.csv: 1 of 26 rows broke a rule and aren't there; the first: "
            "line 27, column Day (shift_date): "
        )
        assert "soon" not in line
        assert "25 rows of earlier files were superseded, 1 of them with other values" in line
        assert not file_ledger.describe_taken(place.con, NOW)


def test_canonical_files_tell_what_they_replaced(tmp_path: Path) -> None:
    with feeds(tmp_path) as place:
        place.drop("roster/1.csv", employed("E1", "E2"))
        place.refresh("roster")
        place.drop("roster/2.csv", employed("E1", "E2").replace("E2,", "E2 ,").replace("Red", "B"))
        report = place.refresh("roster")["roster"]
        assert report.n_replaced == 2
        (line,) = file_ledger.describe_taken(place.con, NOW - dt.timedelta(1))
        assert "2 rows of earlier files were superseded, 2 of them with other values" in line
