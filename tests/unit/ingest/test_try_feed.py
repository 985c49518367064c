"""`make try` says whose rows would be set aside, before a refresh does it."""

from __future__ import annotations

from pathlib import Path

import pytest

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


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("7", None),
        ("0007", "1 of them match it without leading zeros (employee_without_zeros): their rows"),
        ("8", "1 of the people aren't on the roster: their rows would be set aside until it has"),
    ],
)
def test_people_whom_the_roster_lacks_are_told(
    tmp_path: Path, number: str, told: str | None
) -> None:
    workspace = Workspace(tmp_path)
    recipe = workspace.recipes / "own" / "clock"
    for folder in (recipe, workspace.landing / "clock", workspace.landing / "roster"):
        folder.mkdir(parents=True)
    (recipe / "recipe.toml").write_text(RECIPE)
    (recipe / "shifts.sql").write_text(SHIFTS)
    workspace.settings_file.write_text('[feed]\nclock = "own/clock"\n')
    (workspace.landing / "roster" / "roster.csv").write_text(ROSTER)
    (workspace.landing / "clock" / "clock.csv").write_text(CLOCK.format(number))
    said = "\n".join(try_feed(workspace, "clock"))
    assert "1 rows made of the others, 0 of them rejected" in said
    assert told in said if told else "roster" not in said, said
