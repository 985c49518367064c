"""Several feeds for one source: merged by column, by part, and the same after a rebuild."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contracts.sources import load_contracts
from pipelines.core.warehouse import fetch
from pipelines.ingest.load import merge_feeds, staging_upsert
from tests.unit.ingest.feeds import Feeds, employed, feeds

DAYS = """
select "Who" as employee_id, week_of("Day") as week_start, "Calls" as contacts_handled,
    "Seconds" as handle_seconds, "Day" as _part, _line
from delivery
"""
DAYS_TOML = """
title = "t"
layout = "made up"
columns = ["Who", "Day", "Calls", "Seconds"]
[merge.performance]
contacts_handled = "sum"
handle_seconds = "mean:contacts_handled"
"""
SUMS_TOML = DAYS_TOML.replace('handle_seconds = "mean:contacts_handled"\n', "")
"""Without a weighted mean lone parts are kept in staging alone."""
SCORES = """
select "Who" as employee_id, "Week" as week_start, "Score" as quality_score,
    "Calls" as contacts_handled, _line
from delivery
"""
SCORES_TOML = 'title = "t"\nlayout = "made up"\ncolumns = ["Who", "Week", "Score"]\n'
SCORES_TOML += 'optional = ["Calls"]\n'


ORDER = '[feed]\ndays = "own/days"\nscores = "own/scores"\n'


def _place(place: Feeds, order: str = ORDER, toml: str = DAYS_TOML) -> None:
    place.declare(order)
    place.recipe("own/days", toml, performance=DAYS)
    place.recipe("own/scores", SCORES_TOML, performance=SCORES)
    place.drop("roster/r.csv", employed("E1", "E2"))


def _rows(place: Feeds) -> list[dict[str, Any]]:
    names = ("employee_id", "contacts_handled", "handle_seconds", "quality_score", "csat_mean")
    return [{name: row[name] for name in names} for row in place.staged("performance")]


def test_feeds_fill_each_others_columns_and_the_first_named_is_believed(tmp_path: Path) -> None:
    with feeds(tmp_path) as place:
        _place(place)
        place.drop("days/d.csv", "Who,Day,Calls,Seconds\nE1,2026-03-02,10,100\n")
        place.drop(
            "scores/s.csv", "Who,Week,Score,Calls\nE1,2026-03-02,80,99\nE2,2026-03-02,70,5\n"
        )
        place.drop("performance/p.csv", "employee_id,week_start,csat_mean\nE1,2026-03-02,4.5\n")
        report = place.refresh("roster", "people", "performance")["performance"]
        expected = [
            {"employee_id": "E1", "contacts_handled": 10, "handle_seconds": 100.0}
            | {"quality_score": 80.0, "csat_mean": 4.5},
            {"employee_id": "E2", "contacts_handled": 5, "handle_seconds": None}
            | {"quality_score": 70.0, "csat_mean": None},
        ]
        assert _rows(place) == expected
        assert any("disagree on contacts_handled of 1 keys" in note for note in report.notes)
        _place(place, '[feed]\nscores = "own/scores"\ndays = "own/days"\n')
        place.refresh("roster", "people", "performance")
        assert _rows(place)[0]["contacts_handled"] == 99


def test_a_days_file_adds_to_its_week_and_a_new_export_replaces_its_days(tmp_path: Path) -> None:
    with feeds(tmp_path) as place:
        _place(place)
        head = "Who,Day,Calls,Seconds\n"
        place.drop("days/1.csv", head + "E1,2026-03-02,10,100\n")
        place.drop("days/2.csv", head + "E1,2026-03-03,30,200\n")
        place.refresh("roster", "people", "performance")
        assert _rows(place)[0]["contacts_handled"] == 40
        assert _rows(place)[0]["handle_seconds"] == 175.0
        place.drop("days/3.csv", head + "E1,2026-03-02,20,100\nE1,2026-03-04,10,100\n")
        report = place.refresh("roster", "people", "performance")["performance"]
        assert report.n_replaced == 1
        assert _rows(place)[0]["contacts_handled"] == 60


@pytest.mark.parametrize("toml", [DAYS_TOML, SUMS_TOML])
def test_a_tombstone_deletes_a_key_for_every_feed(tmp_path: Path, toml: str) -> None:
    with feeds(tmp_path) as place:
        _place(place, toml=toml)
        place.drop("days/d.csv", "Who,Day,Calls,Seconds\nE1,2026-03-02,10,100\n")
        place.drop("scores/s.csv", "Who,Week,Score\nE1,2026-03-02,80\n")
        place.refresh("roster", "people", "performance")
        place.drop("performance/p.tombstone.csv", "employee_id,week_start\nE1,2026-03-02\n")
        place.refresh("roster", "people", "performance")
        assert _rows(place) == []
        staging_upsert.build_anew(place.con, load_contracts().source("performance"))
        assert _rows(place) == []


DELIVERY = st.lists(
    st.tuples(st.sampled_from("12"), st.integers(2, 12), st.integers(1, 50), st.integers(1, 9)),
    max_size=6,
    unique_by=lambda row: row[:2],
)


@pytest.mark.parametrize("toml", [DAYS_TOML, pytest.param(SUMS_TOML, marks=pytest.mark.slow)])
@settings(max_examples=2, deadline=None)
@given(days=st.lists(DELIVERY, min_size=1, max_size=3), scores=st.lists(DELIVERY, max_size=2))
def test_merging_night_by_night_is_a_naive_recount(
    toml: str,
    days: list[list[tuple[str, int, int, int]]],
    scores: list[list[tuple[str, int, int, int]]],
) -> None:
    with tempfile.TemporaryDirectory() as folder, feeds(Path(folder)) as place:
        _place(place, toml=toml)
        place.refresh("roster", "people")
        newest: dict[tuple[str, int], tuple[int, int]] = {}
        said: dict[tuple[str, int], int] = {}
        for night in range(3):
            for rows, feed, head in ((days, "days", "Calls,Seconds"), (scores, "scores", "")):
                if night >= len(rows) or not rows[night]:
                    continue
                text = f"Who,{'Day,' + head if head else 'Week,Score'}\n"
                if feed == "days":
                    for who, day, calls, seconds in rows[night]:
                        text += f"E{who},2026-03-{day:02d},{calls},{seconds}\n"
                        newest[who, day] = (calls, seconds)
                else:
                    weeks = {(who, 2 + 7 * (day > 8)): calls for who, day, calls, _ in rows[night]}
                    for (who, week), score in weeks.items():
                        text += f"E{who},2026-03-{week:02d},{score}\n"
                        said[who, week] = score
                place.drop(f"{feed}/{night}.csv", text)
            place.refresh("performance")
            naive: dict[tuple[str, int], list[float | None]] = {}
            for (who, day), (calls, seconds) in newest.items():
                row = naive.setdefault((who, 2 + 7 * (day > 8)), [0, 0, None])
                row[0] = (row[0] or 0) + calls
                row[1] = (row[1] or 0) + calls * seconds
            for key, score in said.items():
                naive.setdefault(key, [None, None, None])[2] = score
            found = {
                (row["employee_id"][1:], row["week_start"].day): row
                for row in place.staged("performance")
            }
            assert found.keys() == naive.keys()
            for key, (calls, seconds, score) in naive.items():
                assert found[key]["contacts_handled"] == calls
                assert found[key]["quality_score"] == score
                if calls and seconds is not None and toml == DAYS_TOML:
                    assert abs(found[key]["handle_seconds"] - seconds / calls) < 1e-9
        source = load_contracts().source("performance")
        accepted = fetch(place.con, "select file_id, n_accepted from ledger.file where feed <> ''")
        told = {file: n for file, n in accepted.iter_rows() if n}
        assert merge_feeds.count_parts(place.con, source) == told
        kept = place.staged("performance")
        staging_upsert.build_anew(place.con, source)
        assert place.staged("performance") == kept
        assert merge_feeds.count_parts(place.con, source) == told
