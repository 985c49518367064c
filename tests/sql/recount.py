"""The naive recount of the trial: who enters, and what was known of them on day 0.

Loops over dicts that follow the written rules; nothing here is shared with the SQL.
"""

from __future__ import annotations

import datetime as dt

from tests.sql.recount_surveys import scales_of
from tests.sql.worlds import Row, World, key_of

UNPLANNED = ("sick", "no_show", "unplanned_other")


def mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def month_of(date: dt.date) -> dt.date:
    return dt.date(date.year, date.month, 1)


def roster_as_of(world: World, person: str, date: dt.date) -> Row | None:
    """The person's newest roster row that is in force on a date."""
    rows = [
        row
        for row in world.of("roster")
        if row["employee_id"] == person and row["effective_date"] <= date
    ]
    return max(rows, key=lambda row: row["effective_date"], default=None)


def first_arm_session(world: World, person: str) -> Row | None:
    sessions = [
        row
        for row in world.of("coaching_sessions")
        if row["employee_id"] == person and row.get("style") in (world.arm_a, world.arm_b)
    ]
    return min(sessions, key=lambda row: (row["started_at"], row["session_id"]), default=None)


def exit_from(world: World, person: str, hired: dt.date) -> Row | None:
    """The earliest exit on or after a hire date that falls within the data."""
    exits = [
        row
        for row in world.of("attrition")
        if row["employee_id"] == person and hired <= row["separation_date"] <= world.data_until
    ]
    return min(exits, key=lambda row: row["separation_date"], default=None)


def exclusion_of(world: World, person: str) -> str | None:
    """The first step that a person fails on the way into the analysis."""
    roles = [row["role"] for row in world.of("roster") if row["employee_id"] == person]
    if "agent" not in roles:
        return "never_agent"
    if not any(row["employee_id"] == person for row in world.of("coaching_sessions")):
        return "no_session"
    session = first_arm_session(world, person)
    if session is None:
        return "no_arm_session"
    day_0 = session["started_at"].date()
    if day_0 > world.data_until:
        return "after_data_until"
    place = roster_as_of(world, person, day_0)
    if place is None or place["role"] != "agent":
        return "not_agent_on_day_0"
    if place["hire_date"] is None:
        return "unknown_hire_date"
    if place["hire_date"] > day_0:
        return "not_agent_on_day_0"
    leaving = exit_from(world, person, place["hire_date"])
    if leaving and leaving["separation_date"] <= day_0:
        return "exit_on_or_before_day_0"
    return None


def candidates(world: World) -> dict[str, str | None]:
    """Exclusion by agent key, for everybody ever on the roster."""
    people = {row["employee_id"] for row in world.of("roster")}
    return {key_of(person): exclusion_of(world, person) for person in people}


def episodes(world: World) -> dict[str, Row]:
    """The expected rows of marts.coaching_episode by agent key."""
    people = {row["employee_id"] for row in world.of("roster")}
    return {
        key_of(person): _episode(world, person)
        for person in people
        if exclusion_of(world, person) is None
    }


def _episode(world: World, person: str) -> Row:
    session = first_arm_session(world, person)
    assert session is not None
    day_0 = session["started_at"].date()
    place = roster_as_of(world, person, day_0)
    assert place is not None
    leaving = exit_from(world, person, place["hire_date"])
    end = leaving["separation_date"] if leaving else world.data_until
    return {
        "agent_key": key_of(person),
        "coach_key": key_of(session["coach_id"]),
        "arm": session["style"],
        "day_0": day_0,
        "follow_up_days": (end - day_0).days,
        "exit_type": leaving["separation_type"] if leaving else None,
        "site": place["site"],
        "team": place["team"],
        "role": "agent",
        "employment_type": place.get("employment_type"),
        "weekly_hours": place.get("weekly_hours"),
        "tenure_days": (day_0 - place["hire_date"]).days,
        "trigger": session.get("trigger"),
        "calendar_month": month_of(day_0),
        "prior_session_count": sum(
            row["employee_id"] == person and row["started_at"].date() < day_0
            for row in world.of("coaching_sessions")
        ),
        **_prior_performance(world, person, day_0),
        "prior_unplanned_absence_rate": _prior_absence_rate(world, person, day_0),
        **_prior_survey(world, person, day_0),
    }


def _prior_performance(world: World, person: str, day_0: dt.date) -> Row:
    weeks = [
        row
        for row in world.of("performance")
        if row["employee_id"] == person
        and day_0 - dt.timedelta(days=56) <= row["week_start"]
        and row["week_start"] + dt.timedelta(days=6) < day_0
    ]
    scored = [
        ((row["week_start"] - day_0).days / 7, row["quality_score"])
        for row in weeks
        if row.get("quality_score") is not None
    ]
    rated = [
        (row["csat_mean"], 1 if row.get("csat_responses") is None else row["csat_responses"])
        for row in weeks
        if row.get("csat_mean") is not None
    ]
    responses = sum(weight for _, weight in rated)
    return {
        "prior_quality_score_0_100": mean([score for _, score in scored]),
        "prior_quality_slope_per_week": slope(scored),
        "prior_csat_mean_1_5": (
            sum(value * weight for value, weight in rated) / responses if responses else None
        ),
    }


def slope(points: list[tuple[float, float]]) -> float | None:
    """The least-squares slope through points (x, y) with different x."""
    if len(points) < 2:
        return None
    x_mean = sum(x for x, _ in points) / len(points)
    y_mean = sum(y for _, y in points) / len(points)
    spread = sum((x - x_mean) ** 2 for x, _ in points)
    return sum((x - x_mean) * (y - y_mean) for x, y in points) / spread


def _prior_absence_rate(world: World, person: str, day_0: dt.date) -> float | None:
    lost = scheduled = 0.0
    for row in world.of("shifts"):
        days_before = (day_0 - row["shift_date"]).days
        if row["employee_id"] == person and 1 <= days_before <= 90:
            scheduled += row["scheduled_hours"]
            lost += row["absent_hours"] if row["absence_type"] in UNPLANNED else 0
    return lost / scheduled if scheduled else None


def _prior_survey(world: World, person: str, day_0: dt.date) -> Row:
    surveys = [
        row
        for row in world.of("fatigue_surveys")
        if row["employee_id"] == person
        and 1 <= (day_0 - row["submitted_on"]).days <= 365
        and any(score is not None for score in scales_of(row).values())
    ]
    latest = max(surveys, key=lambda row: (row["submitted_on"], row["response_id"]), default=None)
    scales = scales_of(latest) if latest else {}
    return {
        "prior_emotional_exhaustion_0_100": scales.get("emotional_exhaustion"),
        "prior_cynicism_0_100": scales.get("cynicism"),
        "is_prior_survey_missing": latest is None,
        "prior_survey_instrument": latest["instrument"] if latest else None,
    }
