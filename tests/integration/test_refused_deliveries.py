"""A refused delivery costs what needs it: of an optional source its claims, else the night.

The tests follow one another on one workspace: what each leaves, the next begins with.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.core.workspace import Workspace
from pipelines.simulation import write_sample
from tests.integration.refreshing import (
    EXACT,
    Ended,
    fingerprint,
    private,
    published,
    refresh,
)

pytestmark = pytest.mark.slow  # quicker: a refusal in test_nights.py, its checks in test_checks.py

SHIFTS = "employee_id,shift_date,scheduled_hours,absent_hours\n"
ADDS_UP = (
    "select n_rows = n_accepted + n_quarantined + n_superseded + n_skipped + n_set_aside "
    "from quality.ingested_file where status = 'loaded'"
)


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A centre with shifts that are refused, and weeks of somebody who isn't on the roster yet."""
    workspace = Workspace(tmp_path_factory.mktemp("refused"))
    write_sample(workspace.landing, n_agents=60, months=8, seed=4)
    workspace.settings_file.write_text(EXACT)
    workspace.landing_source("shifts").joinpath("broken.csv").write_text(
        SHIFTS + "A1,2026-01-05,eight,0\nA1,2026-01-06,8,0\n"
    )
    workspace.landing_source("performance").joinpath("new.csv").write_text(
        "employee_id,week_start,contacts_handled\nNEW-1,2026-01-05,7\nNEW-1,2026-01-12,9\n"
    )
    return workspace


@pytest.fixture(scope="module")
def first(centre: Workspace) -> Ended:
    ended = refresh(centre)
    assert ended.status == 0, ended.output
    return ended


def test_of_an_optional_source_it_costs_its_claims_and_is_told(
    centre: Workspace, first: Ended
) -> None:
    assert "not taken shifts/broken.csv: 1 of 2 rows broke a rule" in first.output
    graded = "select grade, reason from quality.outcome_grade where outcome = 'unplanned_absence'"
    grade, reason = published(centre, graded).row(0)
    assert grade == "with_caution"
    assert "shifts: 1 file was refused, so that the rows don’t count" in reason
    assert private(centre, "from staging.shifts where employee_id = 'A1'").is_empty()
    page = Path(centre.published_site / "quality.html").read_text("utf-8")
    assert "Mend a refused file first." in page
    assert "shifts/broken.csv" in page


def test_rows_of_somebody_unknown_wait_and_are_told(centre: Workspace, first: Ended) -> None:
    assert (
        "set aside performance: rows 2 of people who aren't on the roster; "
        "they count by themselves once that changes"
    ) in first.output
    summary = published(centre, "from quality.set_aside_summary").rows()
    assert summary == [("performance", "new.csv", "unknown_person", 2)]
    page = Path(centre.published_site / "quality.html").read_text("utf-8")
    assert "Rows that can’t count yet" in page
    assert published(centre, ADDS_UP).to_series().all()


@pytest.fixture(scope="module")
def second(centre: Workspace, first: Ended) -> tuple[Ended, dict[str, str]]:
    """A night in which exits are refused, and the roster has the person the weeks waited for."""
    stood = fingerprint(centre.published)
    centre.landing_source("attrition").joinpath("broken.csv").write_text(
        "employee_id,separation_date,separation_type\nA1,soon,voluntary\n"
    )
    centre.landing_source("roster").joinpath("new.csv").write_text(
        "employee_id,effective_date,hire_date,site,team,role\n"
        "NEW-1,2026-01-05,2026-01-05,Aster,T1,agent\n"
    )
    return refresh(centre), stood


def test_of_a_required_source_it_blocks_and_the_others_are_taken_and_checked(
    centre: Workspace, second: tuple[Ended, dict[str, str]]
) -> None:
    ended, stood = second
    assert ended.status == 2, ended.output
    assert ended.last_line.startswith("refused raw/attrition deliveries_accepted")
    assert fingerprint(centre.published) == stood
    new = "select n_accepted, n_set_aside from quality.ingested_file where file = 'new.csv'"
    assert sorted(private(centre, new).rows()) == [(1, 0), (2, 0)]
    checked = "select count(distinct table_name) from ledger.checked where table_name like 'stag%'"
    assert private(centre, checked).item() == 7
    assert private(centre, "from staging.performance where employee_id = 'NEW-1'").height == 2
