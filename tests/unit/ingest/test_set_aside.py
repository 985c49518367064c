"""Rows that can't count yet: set aside with their reason, back by themselves, none lost."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contracts.sources import load_contracts
from pipelines.core.judged_up_to import forget_judged
from pipelines.core.warehouse import Connection, fetch, open_warehouse
from pipelines.ingest.load.ingest_source import ingest_source
from pipelines.ingest.load.judged_rows import held_against, rows_to_judge
from pipelines.ingest.load.set_aside import describe_last, is_due, put_back, set_rows_aside

TODAY = dt.date(2026, 3, 10)
FIRST = dt.date(2026, 2, 20)
WEEK = dt.timedelta(days=7)
DAYS = st.integers(0, 25).map(lambda n: FIRST + dt.timedelta(days=n))
WHO = st.sampled_from(["A", "B", "C", "X"])
HIRES = st.dictionaries(st.sampled_from(["A", "B", "C"]), st.sets(DAYS, min_size=1, max_size=2))
EXITS = st.sets(st.tuples(WHO, DAYS), max_size=5)
ROWS = st.lists(st.tuples(WHO, DAYS), max_size=12)
COLUMNS = {
    "coaching_sessions": "session_id,employee_id,coach_id,started_at",
    "fatigue_surveys": "response_id,employee_id,submitted_on,instrument",
    "shifts": "employee_id,shift_date,scheduled_hours,absent_hours",
    "performance": "employee_id,week_start,contacts_handled",
    "training": "employee_id,course,completed_on",
    "attrition": "employee_id,separation_date,separation_type",
}


def line(source: str, number: int, who: str, day: dt.date) -> str:
    return {
        "coaching_sessions": f"s{number},{who},C,{day}T09:00:00",
        "fatigue_surveys": f"r{number},{who},{day},scores_0_100",
        "shifts": f"{who},{day},8,0",
        "performance": f"{who},{day},5",
        "training": f"{who},course,{day}",
        "attrition": f"{who},{day},voluntary",
    }[source]


class Centre:
    """Landing folders of every source, and what a night makes of them."""

    def __init__(self, con: Connection, folder: Path) -> None:
        self.con, self.folder, self.n_nights = con, folder, 0

    def drop(self, source: str, name: str, lines: list[str]) -> None:
        path = self.folder / "landing" / source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join([COLUMNS.get(source, ROSTER), *lines]) + "\n")

    def night(self, today: dt.date = TODAY) -> dict[tuple[str, str], int]:
        """Take in every source; after the first night those alone that were ever delivered."""
        for source in load_contracts().landing:
            landing = self.folder / "landing" / source.name
            if landing.exists() or not self.n_nights:
                ingest_source(
                    self.con, source, landing, raw=self.folder / "raw",
                    now=dt.datetime.combine(today, dt.time(2, 30), dt.UTC),
                )  # fmt: skip
        self.n_nights += 1
        return {(each.source, each.reason): each.n_rows for each in set_rows_aside(self.con, today)}

    def staged(self, source: str) -> list[tuple[Any, ...]]:
        day = load_contracts().source(source).date_column
        query = f"select employee_id, cast({day} as date) from staging.{source} order by all"
        return fetch(self.con, query).rows()

    def files(self) -> list[dict[str, Any]]:
        return fetch(self.con, "from quality.ingested_file").to_dicts()


ROSTER = "employee_id,effective_date,hire_date,site,team,role"


def roster_lines(hires: dict[str, set[dt.date]]) -> list[str]:
    return [
        f"{who},{day},{day},s,t,{'coach' if who == 'C' else 'agent'}"
        for who, days in hires.items()
        for day in days
    ]


def reason(
    source: str, who: str, day: dt.date, hires: dict[str, set[dt.date]],
    exits: set[tuple[str, dt.date]], has_sessions: bool,
) -> str | None:  # fmt: skip
    """Day by day: whether somebody was there on one of the days that the row is about."""
    if who not in hires:
        is_coach = who == "C" and has_sessions and source in ("fatigue_surveys", "training")
        if not is_coach:
            return "unknown_person"
    if day > TODAY and source not in ("shifts", "attrition"):
        return "in_future"
    if who not in hires:
        return None
    about = [day + dt.timedelta(days=n) for n in range(7 if source == "performance" else 1)]
    found = {_absence(who, each, hires, exits) for each in about}
    if None in found:
        return None
    return found.pop() if len(found) == 1 else None


def _absence(
    who: str, day: dt.date, hires: dict[str, set[dt.date]], exits: set[tuple[str, dt.date]]
) -> str | None:
    began = [hire for hire in hires[who] if hire <= day]
    if not began:
        return "before_hire"
    later = min((hire for hire in hires[who] if hire > max(began)), default=dt.date.max)
    ends = [exit_ for whose, exit_ in exits if whose == who and max(began) <= exit_ < later]
    return "after_exit" if ends and min(ends) < day else None


@settings(deadline=None, max_examples=3)
@given(hires=HIRES, exits=EXITS, rows=ROWS)
def test_what_is_set_aside_is_what_a_recount_day_by_day_finds(
    hires: dict[str, set[dt.date]], exits: set[tuple[str, dt.date]], rows: list[tuple[str, dt.date]]
) -> None:
    with TemporaryDirectory() as folder, open_warehouse(Path(":memory:")) as con:
        centre = Centre(con, Path(folder))
        delivered = {source: list(dict.fromkeys(rows)) for source in COLUMNS}
        delivered["attrition"] = sorted(exits)
        centre.drop("roster", "r.csv", roster_lines(hires))
        for source, its in delivered.items():
            centre.drop(source, "f.csv", [line(source, n, *row) for n, row in enumerate(its)])
        found = centre.night()
        expected: Counter[tuple[str, str]] = Counter()
        for source, its in delivered.items():
            counted = []
            for who, day in its:
                why = reason(source, who, day, hires, exits, bool(rows))
                if why is None:
                    counted.append((who, day))
                else:
                    expected[source, why] += 1
            assert centre.staged(source) == sorted(counted), source
        assert found == dict(expected)
        for file in centre.files():
            assert file["n_rows"] == (
                file["n_accepted"] + file["n_quarantined"] + file["n_superseded"]
                + file["n_skipped"] + file["n_set_aside"]
            )  # fmt: skip
            assert file["n_accepted"] == len(centre.staged(file["source"])) >= 0


def test_rows_come_back_when_roster_exits_and_calendar_catch_up(tmp_path: Path) -> None:
    with open_warehouse(Path(":memory:")) as con:
        centre = Centre(con, tmp_path)
        hired = {"A": {dt.date(2026, 2, 21)}}
        centre.drop("roster", "r.csv", roster_lines(hired))
        centre.drop("attrition", "e.csv", ["A,2026-02-28,voluntary"])
        centre.drop("shifts", "s.csv", ["A,2026-03-01,8,0", "X,2026-03-01,8,0"])
        centre.drop("training", "t.csv", ["A,c,2026-02-22", "X,c,2026-03-12"])
        assert centre.night() == {
            ("shifts", "after_exit"): 1, ("shifts", "unknown_person"): 1,
            ("training", "unknown_person"): 1,
        }  # fmt: skip
        centre.drop("roster", "r2.csv", roster_lines({"X": {dt.date(2026, 2, 21)}}))
        (tmp_path / "landing" / "attrition" / "undo.tombstone.csv").write_text(
            "employee_id,separation_date\nA,2026-02-28\n"
        )
        assert centre.night() == {("training", "in_future"): 1}
        assert len(centre.staged("shifts")) == 2
        assert not is_due(con, dt.date(2026, 3, 11))
        assert is_due(con, dt.date(2026, 3, 12))
        assert centre.night(dt.date(2026, 3, 12)) == {}
        assert len(centre.staged("training")) == 2


def test_a_row_that_is_aside_is_corrected_deleted_and_withdrawn_like_any_other(
    tmp_path: Path,
) -> None:
    with open_warehouse(Path(":memory:")) as con:
        centre = Centre(con, tmp_path)
        centre.drop("roster", "r.csv", roster_lines({"A": {dt.date(2026, 2, 21)}}))
        centre.drop("shifts", "s.csv", ["X,2026-03-01,8,0", "X,2026-03-02,8,0"])
        centre.night()
        centre.drop("shifts", "s2.csv", ["X,2026-03-01,8,4"])
        (tmp_path / "landing" / "shifts" / "d.tombstone.csv").write_text(
            "employee_id,shift_date\nX,2026-03-02\n"
        )
        assert centre.night() == {("shifts", "unknown_person"): 1}
        centre.drop("roster", "r2.csv", roster_lines({"X": {dt.date(2026, 2, 21)}}))
        assert centre.night() == {}
        assert fetch(con, "select absent_hours from staging.shifts").rows() == [(4.0,)]
        files = {file["file"]: file for file in centre.files()}
        assert (files["s.csv"]["n_superseded"], files["s.csv"]["n_set_aside"]) == (2, 0)


def test_a_row_is_judged_again_where_it_may_be_otherwise_with_it(tmp_path: Path) -> None:
    """Each night sets aside what one that looks at every row sets aside, and looks at few."""
    shifts, sessions = (load_contracts().source(name) for name in ("shifts", "coaching_sessions"))
    asked: list[int] = []

    def night(centre: Centre, day: dt.date = TODAY) -> dict[tuple[str, str], int]:
        found = centre.night(day)
        rows = rows_to_judge(centre.con, shifts, held_against(centre.con), day)
        asked.append(len(fetch(centre.con, rows)))
        forget_judged(centre.con, shifts.name)
        forget_judged(centre.con, sessions.name)
        rest = {(each.source, each.reason): each.n_rows for each in set_rows_aside(centre.con, day)}
        assert rest == found
        return found

    with open_warehouse(Path(":memory:")) as con:
        centre = Centre(con, tmp_path)
        centre.drop("roster", "r.csv", roster_lines({"A": {dt.date(2026, 2, 21)}}))
        centre.drop("shifts", "s.csv", ["A,2026-03-01,8,0", "A,2026-03-02,8,0", "X,2026-03-01,8,0"])
        centre.drop("coaching_sessions", "c.csv", ["s1,A,A,2026-03-12T09:00:00"])
        aside = {("shifts", "unknown_person"): 1, ("coaching_sessions", "in_future"): 1}
        assert night(centre) == aside
        assert night(centre) == aside, "what was put back is set aside again"
        centre.drop("shifts", "s2.csv", ["A,2026-03-03,8,0", "X,2026-03-03,8,0"])
        assert night(centre) == {**aside, ("shifts", "unknown_person"): 2}
        assert night(centre, TODAY - WEEK) == {**aside, ("shifts", "unknown_person"): 2}
        centre.drop("attrition", "e.csv", ["A,2026-03-01,voluntary"])
        gone = {("shifts", "unknown_person"): 2, ("shifts", "after_exit"): 2}
        assert night(centre, TODAY + WEEK) == {**gone, ("coaching_sessions", "after_exit"): 1}
        assert asked == [0, 0, 0, 0, 0], "every row has been judged by then"
        centre.drop("shifts", "s3.csv", ["A,2026-02-27,8,0"])
        ingest_source(
            con, shifts, tmp_path / "landing" / "shifts", raw=tmp_path / "raw",
            now=dt.datetime.combine(TODAY + WEEK, dt.time(3), dt.UTC),
        )  # fmt: skip
        few = fetch(con, rows_to_judge(con, shifts, held_against(con), TODAY + WEEK))
        assert few.height == 5, (
            "the new one and the four that were set aside, not the one that counts"
        )
        assert fetch(con, rows_to_judge(con, shifts, "other", TODAY + WEEK)).height == 6
        assert fetch(con, rows_to_judge(con, shifts, held_against(con), TODAY)).height == 6


def test_forgetting_what_was_judged_forgets_the_rows_that_came_back(tmp_path: Path) -> None:
    with open_warehouse(Path(":memory:")) as con:
        centre = Centre(con, tmp_path)
        centre.drop("roster", "r.csv", roster_lines({"A": {dt.date(2026, 2, 21)}}))
        centre.drop("shifts", "s.csv", ["A,2026-03-01,8,0", "X,2026-03-01,8,0"])
        centre.drop("training", "t.csv", ["X,c,2026-03-01"])
        centre.night()
        for source in ("shifts", "training"):
            put_back(con, load_contracts().source(source))
        came_back = "select distinct source from ledger.came_back order by all"
        assert fetch(con, came_back).rows() == [("shifts",), ("training",)]
        forget_judged(con, "shifts")
        assert fetch(con, came_back).rows() == [("training",)]


def test_rows_that_never_come_back_by_themselves_are_told_as_such(tmp_path: Path) -> None:
    with open_warehouse(Path(":memory:")) as con:
        centre = Centre(con, tmp_path)
        centre.drop("roster", "r.csv", roster_lines({"0042": {dt.date(2026, 2, 21)}}))
        centre.drop("shifts", "s.csv", ["42,2026-03-01,8,0", "X,2026-03-02,8,0"])
        centre.drop("training", "t.csv", ["X,c,2026-02-22"])
        centre.night()
        told = describe_last(con)
        assert [line.partition(":")[0] for line in told] == [
            "set aside shifts",
            "set aside training",
            "set aside shifts",
        ]
        assert "1 of the 2 unknown people match the roster without leading zeros" in told[2]
        assert "employee_without_zeros" in told[2]
