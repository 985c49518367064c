"""A roster in another spelling doubles nobody, and what was read by a wrong one is taken back."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pipelines.core.warehouse import fetch
from pipelines.ingest.load.withdrawal import WithdrawalError, withdraw_of_feed
from tests.unit.ingest.feeds import NOW, ROSTER, Feeds, employed, feeds

KNOWN = employed("009000", "009001", "009002")
MAILS = """
select "Number" as employee_id, 'email' as system, "Mail" as other_id, _line from delivery
"""
WORKERS = """
select "Number" as employee_id, '2024-01-01' as effective_date, '2024-01-01' as hire_date,
    'North' as site, 'Red' as team, 'agent' as role, _line
from delivery
"""
CLOCK = """
select employee_of('email', "Mail") as employee_id, "Day" as shift_date,
    8 as scheduled_hours, 0 as absent_hours, _line
from delivery
"""


@pytest.mark.parametrize(
    ("identifiers", "told"),
    [
        (("9000", "9001", "9002"), "3 of its 3 people are on the roster under identifiers"),
        (("9000", "8", "9"), "1 of its 3 people"),
        (("009000", "009003"), None),
        (("1000", "1001"), None),
    ],
)
def test_a_roster_without_leading_zeros_is_refused(
    tmp_path: Path, identifiers: tuple[str, ...], told: str | None
) -> None:
    with feeds(tmp_path) as place:
        place.drop("roster/1.csv", KNOWN)
        place.refresh("roster")
        place.drop("roster/2.csv", employed(*identifiers))
        refusals = place.refresh("roster")["roster"].delivery_refusals
        assert len(place.staged("roster")) == 3 + (0 if told else 2) - ("009000" in identifiers)
        assert told in refusals[0] if told else not refusals
        if told:
            assert "zeros before them only: taken, they would count twice" in refusals[0]
            assert "9000" not in refusals[0]
            assert refusals[0].endswith("or withdraw it: make withdraw FILE=roster/2.csv")


def test_a_roster_in_other_capitals_is_refused(tmp_path: Path) -> None:
    with feeds(tmp_path) as place:
        place.drop("roster/1.csv", employed("E1", "E2"))
        place.refresh("roster")
        place.drop("roster/2.csv", ROSTER + "e1,2024-02-01,2024-01-01,North,Red,agent\n")
        refusals = place.refresh("roster")["roster"].delivery_refusals
        assert "capitals and blanks only" in refusals[0]


def _wrong_people(place: Feeds) -> None:
    """People as a wrong file has them, and shifts that were looked up in it."""
    place.declare('[feed]\nworkers = "own/workers"\nclock = "own/clock"\n')
    toml = 'title = "t"\nlayout = "made up"\ncolumns = ["Number", "Mail"]\n'
    place.recipe("own/workers", toml, people=MAILS, roster=WORKERS)
    place.recipe("own/clock", toml.replace("Number", "Day"), shifts=CLOCK)
    place.drop("workers/1.csv", "Number,Mail\nE1,ada@example.org\n")
    place.refresh("roster", "people")
    place.drop("workers/2.csv", "Number,Mail\nX1,ada@example.org\n")
    place.drop("clock/1.csv", "Day,Mail\n2026-03-02,ada@example.org\n")
    place.refresh("roster", "people", "shifts")


def test_a_feeds_file_is_taken_back_whole_and_who_was_looked_up_in_it_anew(tmp_path: Path) -> None:
    with feeds(tmp_path) as place:
        _wrong_people(place)
        assert [row["employee_id"] for row in place.staged("shifts")] == ["X1"]
        later, raw = NOW + dt.timedelta(days=1), tmp_path / "private" / "raw"
        gone = withdraw_of_feed(place.con, "workers/2.csv", raw, later)
        assert {each.place for each in gone} == {
            "workers/2.csv as people",
            "workers/2.csv as roster",
        }
        place.refresh("roster", "people", "shifts")
        assert [row["employee_id"] for row in place.staged("roster")] == ["E1"]
        assert [row["employee_id"] for row in place.staged("shifts")] == ["E1"]
        states = fetch(place.con, "select distinct file, status from ledger.file").rows()
        assert ("workers/2.csv", "withdrawn") in states
        assert place.refresh("roster", "people", "shifts")["shifts"].notes == ()
        with pytest.raises(WithdrawalError, match="was withdrawn already"):
            withdraw_of_feed(place.con, "workers/2.csv", raw, later)
        with pytest.raises(WithdrawalError, match="was never delivered"):
            withdraw_of_feed(place.con, "workers/9.csv", raw, later)
