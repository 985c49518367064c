"""`make try` says whose rows would be set aside, before a refresh does it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.core.errors import PipelineError
from pipelines.core.workspace import Workspace
from pipelines.ingest.profile.try_feed import try_feed

ROSTER = (
    "employee_id,effective_date,hire_date,site,team,role,supervisor_id,employment_type,weekly_hours\n"
    "7,2026-01-01,2026-01-01,Aster,T,agent,9,full_time,40\n"
)
CLOCK = "Number,Day,Hours\n{},2026-02-03,8\n"
RECIPE = 'title = "Clock"\nlayout = "ours"\ncolumns = ["Number", "Day", "Hours"]\n'
SHIFTS = (
    'select "Number" as employee_id, "Day" as shift_date, "Hours" as scheduled_hours, '
    "0 as absent_hours, _line from delivery"
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with a roster, a feed of shifts, and shifts of its own."""
    made = Workspace(tmp_path)
    recipe = made.recipes / "own" / "clock"
    for folder in (recipe, *(made.landing / name for name in ("clock", "roster", "shifts"))):
        folder.mkdir(parents=True)
    (recipe / "recipe.toml").write_text(RECIPE)
    (recipe / "shifts.sql").write_text(SHIFTS)
    made.settings_file.write_text('[feed]\nclock = "own/clock"\n')
    (made.landing / "roster" / "roster.csv").write_text(ROSTER)
    (made.landing / "clock" / "clock.csv").write_text(CLOCK.format("7"))
    return made


def test_what_feeds_are_merged_into_is_shown(workspace: Workspace) -> None:
    (workspace.landing / "shifts" / "own.csv").write_text(
        "employee_id,shift_date,scheduled_hours,absent_hours,absence_type\n"
        "7,2026-02-03,8,8,sick\n9,2026-02-03,8,0,\n"
    )
    said = "\n".join(try_feed(workspace, "clock").lines)
    assert "merged, with shifts/own.csv: 1 rows of the file become or add to 1; the first:" in said
    assert "absence_type=sick" in said.rpartition("merged")[2]
    assert "employee_id=9" not in said


def test_files_with_canonical_columns_are_tried_by_their_source(workspace: Workspace) -> None:
    tried = try_feed(workspace, "roster")
    assert not tried.is_refused
    assert tried.lines[0] == "roster/roster.csv by its canonical columns"
    with pytest.raises(PipelineError, match="is roster meant"):
        try_feed(workspace, "rooster")


@pytest.mark.parametrize("content", ["Number,Day,Hours\n7,2026-02-03,x\n", "Number,Day\n7,1\n", ""])
def test_a_file_that_would_be_refused_is_no_success(workspace: Workspace, content: str) -> None:
    (workspace.landing / "clock" / "clock.csv").write_text(content)
    tried = try_feed(workspace, "clock")
    assert tried.is_refused
    assert "would be refused" in "\n".join(tried.lines)


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("7", None),
        ("0007", "1 of them match it without leading zeros (employee_without_zeros): their rows"),
        ("8", "1 of the people aren't on the roster: their rows would be set aside until it has"),
    ],
)
def test_people_whom_the_roster_lacks_are_told(
    workspace: Workspace, number: str, told: str | None
) -> None:
    (workspace.landing / "clock" / "clock.csv").write_text(CLOCK.format(number))
    said = "\n".join(try_feed(workspace, "clock").lines)
    assert "1 rows made of the others, 0 of them rejected" in said
    assert told in said if told else "roster" not in said, said
