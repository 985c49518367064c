"""A made-up company's exports of six systems, published by recipes; staged is what they mean."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pytest

from pipelines.core.warehouse import Connection, fetch, open_warehouse
from pipelines.core.workspace import Workspace
from tests.integration.direct import publish

SETTINGS = """
[feed]
workday = "workday/headcount"
directory = "genesys_cloud/directory"
form = "coaching_form/one_to_one"
schedule = "ukg/schedule_detail"
leave = "bamboohr/time_off"
calls = "genesys_cloud/agent_performance"
scores = "quality/evaluations"
"""
AGENTS = [f"{number:06d}" for number in range(301, 341)]
COACHES = [f"{number:06d}" for number in range(291, 295)]
FIRST, N_DAYS = dt.date(2026, 3, 2), 120
HEADER = (
    "Employee ID,Worker,Hire Date,Termination Date,Termination Category,"
    "Primary Termination Reason,Job Profile,Supervisory Organization,Location,Work Email"
)
STATEMENTS = (
    "Q1. Asked desired future?,Q2. Asked ideal self?,Q3. Listened without interrupting?,"
    "Q4. Acknowledged feelings?,Q5. Found common ground?,Q6. Discussed strengths?,"
    "Q7. Identified need?,Q8. Offered help?,Q9. Agreed follow up?,Q10. Agent set goal?,"
    "Q11. Recited metrics?,Q12. Told what to fix?,Q13. Imposed plan?,Q14. Threatened consequences?"
)
Truth = dict[str, dict[tuple[str, str], object]]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Truth]:
    """A published workspace, and what its exports mean."""
    workspace = Workspace(tmp_path_factory.mktemp("company"))
    truth = _write_exports(workspace.landing, random.Random(7))
    workspace.settings_file.write_text(SETTINGS)
    return publish(workspace), truth


def test_exits_and_sessions_are_those_of_the_exports(company: tuple[Workspace, Truth]) -> None:
    workspace, truth = company
    with _warehouse(workspace) as con:
        assert _keyed(con, "attrition", "separation_date", "separation_type") == truth["exits"]
        assert _keyed(con, "coaching_sessions", "started_at", "style") == truth["sessions"]
        aside = fetch(con, "select source, reason, n_rows from quality.set_aside_summary").rows()
    assert aside == [("coaching_sessions", "after_exit", len(truth["after_exit"]))]


def test_leave_lies_on_the_scheduled_days_and_nothing_is_missed_elsewhere(
    company: tuple[Workspace, Truth],
) -> None:
    workspace, truth = company
    with _warehouse(workspace) as con:
        found = _keyed(con, "shifts", "shift_date", "absent_hours")
        hours = _keyed(con, "shifts", "shift_date", "scheduled_hours")
    assert found == truth["absent"]
    assert hours == truth["scheduled"]


def test_weeks_add_up_from_days_and_two_systems_fill_one_row(
    company: tuple[Workspace, Truth],
) -> None:
    workspace, truth = company
    with _warehouse(workspace) as con:
        assert _keyed(con, "performance", "week_start", "contacts_handled") == truth["contacts"]
        scores = _keyed(con, "performance", "week_start", "quality_score")
    assert {key: value for key, value in scores.items() if value is not None} == pytest.approx(
        truth["scores"]
    )


def test_every_record_is_accounted_for(company: tuple[Workspace, Truth]) -> None:
    workspace, _ = company
    with _warehouse(workspace) as con:
        files = fetch(con, "select * from ledger.file where feed is not null").to_dicts()
    assert len(files) == 9
    for file in files:
        assert file["n_quarantined"] == 0
        assert file["n_rows"] == file["n_accepted"] + file["n_superseded"]
    skipped = {(file["feed"], file["source"]): file["skipped"] for file in files}
    assert skipped["workday", "people"] == "total row: 1"
    assert skipped["form", "coaching_sessions"] == "cancelled: 1"


def _warehouse(workspace: Workspace):  # type: ignore[no-untyped-def]
    return open_warehouse(workspace.warehouse_file, read_only=True)


def _keyed(con: Connection, source: str, day: str, value: str) -> dict[tuple[str, str], object]:
    rows = fetch(con, f"select employee_id, cast({day} as varchar), {value} from staging.{source}")
    return {(who, when): found for who, when, found in rows.iter_rows()}


def _mail(employee: str) -> str:
    return f"p{int(employee)}@example.org"


def _write_exports(landing: Path, luck: random.Random) -> Truth:
    truth: Truth = {
        name: {}
        for name in ("exits", "sessions", "after_exit", "absent", "scheduled", "contacts", "scores")
    }
    _workers(landing, truth)
    directory = [f"u-{each},Somebody,{_mail(each)},North,{int(each)}" for each in AGENTS]
    _csv(landing, "directory", "Agent Id,Name,Email,Division,Employee Id", directory)
    _sessions(landing, truth, luck)
    _days(landing, truth, luck)
    return truth


def _csv(landing: Path, feed: str, header: str, rows: list[str]) -> None:
    (landing / feed).mkdir(parents=True)
    (landing / feed / "export.csv").write_text("\n".join([header, *rows, ""]))


def _workers(landing: Path, truth: Truth) -> None:
    rows = []
    for number, employee in enumerate([*COACHES, *AGENTS]):
        job = "Team Coach" if employee in COACHES else "Care Agent"
        left = ",,"
        if number % 9 == 8:
            day = FIRST + dt.timedelta(days=90 + number % 20)
            kind = "Voluntary" if number % 2 else "Involuntary"
            left = f"{day:%m/%d/%Y},Terminate > {kind},Other"
            truth["exits"][employee, str(day)] = kind.lower()
        site = "North" if number % 2 else "South"
        rows.append(f"{employee},P {number},01/15/2024,{left},{job},Red,{site},{_mail(employee)}")
    rows.append("Total workers: 44" + "," * 9)
    _csv(landing, "workday", "Headcount" + "," * 9 + f"\n{HEADER}", rows)


def _sessions(landing: Path, truth: Truth, luck: random.Random) -> None:
    rows = []
    gone = {employee: dt.date.fromisoformat(day) for employee, day in truth["exits"]}
    for number, agent in enumerate(AGENTS):
        for week in range(0, 16, 3):
            start = dt.datetime.combine(FIRST, dt.time(9 + number % 8, 5))
            start += dt.timedelta(days=7 * week + number % 5)
            style, words = luck.choice([("compassionate", "PEA-based"), ("compliance", "NEA")])
            coach = COACHES[number % len(COACHES)]
            told = ",".join(str(luck.randint(0, 5)) for _ in range(14))
            end = start + dt.timedelta(minutes=25)
            mail = _mail(agent).upper() if week else _mail(agent)
            rows.append(
                f"Completed,{_mail(coach)},{mail},{start:%m/%d/%Y %I:%M %p},"
                f"{end:%m/%d/%Y %I:%M %p},Teams,Routine,{words},{told}"
            )
            is_gone = start.date() > gone.get(agent, dt.date.max)
            truth["after_exit" if is_gone else "sessions"][agent, str(start)] = style
    rows.append(f"Cancelled,{_mail(COACHES[0])},{_mail(AGENTS[0])},,,,,," + "," * 13)
    header = (
        "Status,Coach Email,Agent Email,Session Start (America/Chicago),"
        f"Session End (America/Chicago),Channel,Reason,Coaching Approach (free text),{STATEMENTS}"
    )
    _csv(landing, "form", header, rows)


def _days(landing: Path, truth: Truth, luck: random.Random) -> None:
    """Shifts on working days but one in ten, leave from day to day, calls and scores."""
    shifts, leave, calls, scores = [], [], [], []
    gone = {employee: dt.date.fromisoformat(day) for employee, day in truth["exits"]}
    for agent in AGENTS:
        away = FIRST + dt.timedelta(days=luck.randint(5, 70))
        back = away + dt.timedelta(days=luck.randint(0, 9))
        leave.append(f"{int(agent)},Vacation,approved,{away},{back},")
        n_scheduled_away = 0
        for number in range(N_DAYS):
            day = FIRST + dt.timedelta(days=number)
            is_off = day.isoweekday() > 5 or luck.random() < 0.1
            if is_off or day >= gone.get(agent, dt.date.max):
                continue
            key = (agent, str(day))
            shifts.append(
                f"{int(agent)},{day:%m/%d/%Y} 10:00PM,"
                f"{day + dt.timedelta(days=1):%m/%d/%Y} 6:30AM,0:30"
            )
            truth["scheduled"][key] = 8.0
            is_away = away <= day <= back
            n_scheduled_away += is_away
            truth["absent"][key] = 8.0 if is_away else 0.0
            if is_away:
                continue
            n = luck.randint(20, 60)
            calls.append(
                f"{day} 00:00:00,{day + dt.timedelta(days=1)} 00:00:00,u-{agent},{n}.0,250000"
            )
            week = (agent, str(day - dt.timedelta(days=day.weekday())))
            truth["contacts"][week] = int(str(truth["contacts"].get(week, 0))) + n
            if day.weekday() == 0:
                score = luck.randint(500, 990) / 10
                scores.append(f"{len(scores)},{_mail(agent)},{day:%m/%d/%Y},{score}%")
                truth["scores"][week] = score
        if not n_scheduled_away:
            leave.pop()
    _csv(landing, "schedule", "Person Number,Shift Start,Shift End,Unpaid Break", shifts)
    _csv(landing, "leave", "Employee #,Type,Status,From,To,Amount", leave)
    _csv(landing, "calls", "Interval Start,Interval End,Agent Id,Handle,Avg Handle", calls)
    _csv(landing, "scores", "Evaluation ID,Agent Email,Evaluation Date,Total Score", scores)
