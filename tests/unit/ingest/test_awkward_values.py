"""Values that an export has once in a thousand rows in: read or told, and the others stand."""

from __future__ import annotations

from pathlib import Path

from tests.unit.ingest.feeds import feeds

ROSTER = "employee_id,effective_date,hire_date,site,team,role\n" + "".join(
    f"00{number},2024-01-01,2024-01-01,S,T,agent\n" for number in range(101, 141)
)
PAY = "Person Number,Pay Code,Amount,Apply Date,Comment\n"
SHIFTS = "employee_id,shift_date,scheduled_hours,absent_hours\n"


def test_an_amount_that_cant_be_read_is_told_alone(tmp_path: Path) -> None:
    """A correction in brackets must neither be lost from the sum nor end the whole file."""
    lines = [f"{number},Regular,8:00,1/15/2025," for number in range(101, 141)]
    with feeds(tmp_path) as place:
        place.declare('[feed]\nkronos = "ukg_kronos/paycode_detail"\n')
        place.drop("roster/r.csv", ROSTER)
        place.drop("kronos/k.csv", PAY + "\n".join([*lines, "104,Regular,(1:30),1/15/2025,back"]))
        report = place.refresh("roster", "people", "shifts")["shifts"]
        staged = {row["employee_id"]: row["scheduled_hours"] for row in place.staged("shifts")}
    assert report.n_quarantined == 1 and "column Amount (scheduled_hours)" in report.problems[0]
    assert len(staged) == 39 and "00104" not in staged and set(staged.values()) == {8}


def test_signs_that_nobody_sees_make_no_other_person(tmp_path: Path) -> None:
    ends = ["", "\u200b", "\u00a0", "\ufeff", "\u2060 ", "\u00ad\u200e"]
    lines = [
        f"{end}00{number}{end},2025-01-15,8,0"
        for number, end in zip(range(101, 107), ends, strict=True)
    ]
    with feeds(tmp_path) as place:
        place.declare("")
        place.drop("roster/r.csv", ROSTER)
        place.drop("shifts/s.csv", SHIFTS + "\n".join(lines))
        place.refresh("roster", "people", "shifts")
        found = [row["employee_id"] for row in place.staged("shifts")]
    assert found == [f"00{number}" for number in range(101, 107)]
