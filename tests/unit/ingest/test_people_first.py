"""Who is looked up to make the roster is known before it: a trial and a refresh say the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.core.warehouse import open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.ingest.load.ingest_report import IngestReport
from pipelines.ingest.profile.try_feed import try_feed
from tests.unit.ingest.feeds import Feeds, feeds

TOML = 'title = "t"\nlayout = "made up"\ncolumns = ["Number", "Name", "Manager"]\n'
ROSTER = """
select "Number" as employee_id, '2024-01-01' as effective_date, '2024-01-01' as hire_date,
    'North' as site, 'Red' as team, 'agent' as role,
    {}('name', name_of("Manager")) as supervisor_id, _line
from delivery
"""
NAMES = """
select "Number" as employee_id, 'name' as system, name_of("Name") as other_id, _line from delivery
"""
DIRECTORY = """
select employee_without_zeros("Number") as employee_id, 'phone' as system, "Name" as other_id, _line
from delivery
"""
WORKERS = 'Number,Name,Manager\n009000,"Muster, Ada","Probe, Ben"\n001200,"Probe, Ben",\n'


@pytest.mark.parametrize("macro", ["employee_if_known", "employee_of"])
def test_a_supervisor_is_known_in_the_first_refresh_as_in_a_trial(
    tmp_path: Path, macro: str
) -> None:
    with feeds(tmp_path) as place:
        place.declare('[feed]\nhr = "own/hr"\nphones = "own/phones"\n')
        place.recipe("own/hr", TOML, roster=ROSTER.format(macro), people=NAMES)
        place.recipe("own/phones", TOML, people=DIRECTORY)
        place.drop("hr/1.csv", WORKERS)
        place.drop("phones/1.csv", "Number,Name,Manager\n9000,555,\n1200,556,\n")
        said = "\n".join(try_feed(Workspace(tmp_path), "hr").lines)
        reports = place.refresh()
        known = {row["employee_id"]: row["supervisor_id"] for row in place.staged("roster")}
        assert known["009000"] == "001200"
        assert "supervisor_id=001200" in said
        assert [row["employee_id"] for row in place.staged("people")] == [
            *("009000", "001200"),
            *("009000", "001200"),
        ]
        assert not reports["people"].delivery_refusals


def test_a_trial_knows_the_people_of_the_file_itself_after_a_refresh_too(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.warehouse_file.parent.mkdir(parents=True)
    later = 'Number,Name,Manager\n009001,"Neu, Eva","Chef, Zoe"\n001300,"Chef, Zoe","Probe, Ben"\n'

    def supervisors(place: Feeds) -> dict[str, str]:
        rows = place.staged("roster")
        return {row["employee_id"]: row["supervisor_id"] for row in rows if row["supervisor_id"]}

    with open_warehouse(workspace.warehouse_file) as con:
        place = Feeds(con, tmp_path)
        place.declare('[feed]\nhr = "own/hr"\n')
        place.recipe("own/hr", TOML, roster=ROSTER.format("employee_if_known"), people=NAMES)
        place.drop("hr/1.csv", WORKERS)
        place.refresh()
        assert supervisors(place) == {"009000": "001200"}
    place.drop("hr/2.csv", later)
    said = "\n".join(try_feed(workspace, "hr").lines)
    with open_warehouse(workspace.warehouse_file) as con:
        place = Feeds(con, tmp_path)
        place.refresh()
        assert supervisors(place) == {"009000": "001200", "009001": "001300", "001300": "001200"}
    assert "employee_id=009001, " in said
    assert "supervisor_id=001300" in said and "supervisor_id=001200" in said


def test_an_intake_before_its_turn_is_counted_once() -> None:
    early = IngestReport("people", n_files_loaded=1, n_rows=3, n_accepted=3, n_files_refused=1)
    late = IngestReport("people", n_files_loaded=1, n_files_known=1, n_rows=2, n_accepted=2)
    both = late.after(early)
    assert (both.n_files_loaded, both.n_files_known, both.n_files_refused) == (2, 0, 0)
    assert (both.n_rows, both.n_accepted) == (5, 5)
