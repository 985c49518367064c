"""Rows of one key: what differs in one file goes back; no system empties another's columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.ingest.landing import Landing, assert_invariant, landing

WEEKS = "employee_id,week_start,contacts_handled,handle_seconds\n"
DAY = "2024-01-01"
ROSTER = "employee_id,effective_date,hire_date,site,team,role\n"


def _many(n: int) -> str:
    return "".join(f"E{i},2024-03-04,{i},300\n" for i in range(n))


@pytest.mark.parametrize(
    ("source", "header", "one", "other"),
    [
        ("performance", WEEKS, "A,2024-03-04,5,300", "A,2024-03-04,8,300"),
        (
            "shifts",
            "employee_id,shift_date,scheduled_hours,absent_hours,absence_type,Pay code\n",
            "A,2024-03-04,8,4,sick,LEAVE-1",
            "A,2024-03-04,8,4,sick,LEAVE-2",
        ),
        ("roster", ROSTER, f"A,{DAY},{DAY},s,t,agent", f"A,{DAY},{DAY},s,t2,agent"),
        (
            "attrition",
            "employee_id,separation_date,separation_type\n",
            "A,2024-01-01,voluntary",
            "A,2024-01-01,other",
        ),
    ],
)  # fmt: skip
def test_rows_that_differ_go_back_and_none_is_believed(
    tmp_path: Path, source: str, header: str, one: str, other: str
) -> None:
    with landing(tmp_path, source) as place:
        others = [one.replace("A,", f"B{i},", 1) for i in range(60)]
        place.drop("f.csv", header + "\n".join([*others, one, other]) + "\n")
        report = place.refresh()
        assert (report.n_accepted, report.n_quarantined, report.n_superseded) == (60, 2, 0)
        assert all(row["employee_id"] != "A" for row in place.staged())
        (told, _) = report.problems
        assert f"line 62: is not one row for its {', '.join(place.source.key)}" in told
        assert "(2 rows, lines 62, 63)" in told
        assert_invariant(place)


def test_exact_doubles_count_once_and_are_noted(tmp_path: Path) -> None:
    with landing(tmp_path, "performance") as place:
        place.drop("f.csv", WEEKS + _many(3) + "E0,2024-03-04, 0 ,300.0\nE1,2024-03-04,1,300\n")
        report = place.refresh()
        assert (report.n_accepted, report.n_quarantined, report.n_superseded) == (3, 0, 2)
        assert "2 rows say what another row of the file says, and counts once" in report.notes[0]
        assert_invariant(place)


def test_a_file_that_is_all_intervals_is_refused(tmp_path: Path) -> None:
    with landing(tmp_path, "performance") as place:
        place.drop("f.csv", WEEKS + "A,2024-03-04,5,300\nA,2024-03-04,8,310\n")
        (reason,) = place.refresh().delivery_refusals
        assert "Deliver their sum, or the one row that holds" in reason


def test_keys_to_delete_may_come_twice(tmp_path: Path) -> None:
    with landing(tmp_path, "performance") as place:
        place.drop("f.csv", WEEKS + _many(3))
        place.drop("g.tombstone.csv", WEEKS + "E0,2024-03-04,1,1\nE0,2024-03-04,2,2\n")
        assert place.refresh().n_files_refused == 0
        assert len(place.staged()) == 2


def _second(place: Landing, header: str, row: str) -> tuple[str, ...]:
    place.drop("a.csv", WEEKS + "A,2024-03-04,5,300\nB,2024-03-04,5,\n")
    place.refresh()
    place.drop("b.csv", f"employee_id,week_start,{header}\n{row}\n")
    return place.refresh().delivery_refusals


def test_a_second_system_may_not_empty_what_the_first_said(tmp_path: Path) -> None:
    with landing(tmp_path, "performance") as place:
        (reason,) = _second(place, "csat_mean", "A,2024-03-04,4.5")
        assert "lacks columns that rows with its keys have" in reason
        assert "contacts_handled of 1 rows, handle_seconds of 1 rows would be emptied" in reason
        assert place.staged()[0]["contacts_handled"] == 5
        assert_invariant(place)


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("csat_mean", "C,2024-03-04,4.5"),
        ("contacts_handled", "B,2024-03-04,7"),
        ("contacts_handled,handle_seconds", "A,2024-03-04,,"),
    ],
    ids=["another key", "nothing to empty", "emptied on purpose"],
)
def test_a_file_that_empties_nothing_unsaid_is_taken(tmp_path: Path, header: str, row: str) -> None:
    with landing(tmp_path, "performance") as place:
        assert _second(place, header, row) == ()
        assert_invariant(place)


def test_answers_of_a_questionnaire_are_not_emptied_either(tmp_path: Path) -> None:
    head = "response_id,employee_id,submitted_on,instrument"
    with landing(tmp_path, "fatigue_surveys") as place:
        place.drop("a.csv", f"{head},item_1,item_2\n1,A,2024-03-04,olbi,1,2\n")
        place.refresh()
        place.drop("b.csv", f"{head},item_1\n1,A,2024-03-04,olbi,3\n")
        (reason,) = place.refresh().delivery_refusals
        assert "item_2 of 1 rows would be emptied" in reason
