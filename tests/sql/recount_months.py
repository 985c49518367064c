"""The naive recount of the months: who was employed when, and what each month adds up to."""

from __future__ import annotations

import datetime as dt
from statistics import pstdev
from typing import Any

from tests.sql.recount import UNPLANNED, mean, month_of, roster_as_of
from tests.sql.recount_surveys import scales_of
from tests.sql.worlds import Row, World, key_of


def employed_days(world: World, person: str) -> dict[dt.date, bool]:
    """Every employed day of a person up to the end of data, and whether it is an exit.

    Each hire date begins an employment, from its date or the person's first roster row; it ends
    with its first exit (that day included), the day before the next hire date, or the data.
    """
    rows = [row for row in world.of("roster") if row["employee_id"] == person]
    first_row = min(row["effective_date"] for row in rows)
    hires = sorted({row["hire_date"] for row in rows if row["hire_date"]})
    days: dict[dt.date, bool] = {}
    for number, hired in enumerate(hires):
        last = world.data_until
        if number + 1 < len(hires):
            last = min(last, hires[number + 1] - dt.timedelta(days=1))
        day = max(hired, first_row)
        exits = {
            row["separation_date"]
            for row in world.of("attrition")
            if row["employee_id"] == person and hired <= row["separation_date"] <= last
        }
        left = min(exits, default=None)
        while day <= last and (left is None or day <= left):
            days[day] = day == left
            day += dt.timedelta(days=1)
    return days


def first_observed(world: World) -> dt.date | None:
    """The first day on which any of the sources of activity has anything."""
    days = [row["started_at"].date() for row in world.of("coaching_sessions")]
    days += [row["shift_date"] for row in world.of("shifts")]
    days += [row["week_start"] for row in world.of("performance")]
    days += [row["submitted_on"] for row in world.of("fatigue_surveys")]
    return min(days, default=None)


def agent_months(world: World) -> dict[tuple[str, dt.date], Row]:
    """The expected rows of marts.agent_month by agent key and month."""
    observed = first_observed(world)
    expected = {}
    for person in {row["employee_id"] for row in world.of("roster")}:
        days = employed_days(world, person)
        for month in sorted({month_of(day) for day in days}):
            if observed is None or month < month_of(observed):
                continue
            in_month = [day for day in days if month_of(day) == month]
            place = roster_as_of(world, person, max(in_month))
            if place and place["role"] == "agent":
                row = _agent_month(world, person, month, in_month, place)
                left = [day for day in in_month if days[day]]
                row["exit_type"] = _exit_type(world, person, max(left)) if left else None
                expected[key_of(person), month] = row
    return expected


def _exit_type(world: World, person: str, date: dt.date) -> str:
    (row,) = [
        row
        for row in world.of("attrition")
        if row["employee_id"] == person and row["separation_date"] == date
    ]
    return str(row["separation_type"])


def _agent_month(
    world: World, person: str, month: dt.date, in_month: list[dt.date], place: Row
) -> Row:
    def mine(source: str, column: str) -> list[Row]:
        return [row for row in world.of(source) if _is_mine(world, row, column, person, month)]

    shifts = mine("shifts", "shift_date")
    sessions = mine("coaching_sessions", "started_at")
    weeks = mine("performance", "week_start")

    def hours(*kinds: str | None) -> float | None:
        absent = [row["absent_hours"] for row in shifts if row["absence_type"] in kinds]
        return sum(absent) if shifts else None

    scheduled = sum(row["scheduled_hours"] for row in shifts) if shifts else None
    unplanned = hours(*UNPLANNED)
    supervisor = place.get("supervisor_id")
    hired = place["hire_date"]
    return {
        "agent_key": key_of(person),
        "month": month,
        **{name: place.get(name) for name in ("site", "team", "role", "employment_type")},
        "weekly_hours": place.get("weekly_hours"),
        "supervisor_key": key_of(supervisor) if supervisor else None,
        "tenure_days": (max(in_month) - hired).days if hired else None,
        "tenure_months": 12 * (month.year - hired.year) + month.month - hired.month
        if hired
        else None,
        "employed_days": len(in_month),
        "n_sessions": len(sessions),
        "n_sessions_arm_a": sum(row.get("style") == world.arm_a for row in sessions),
        "n_sessions_arm_b": sum(row.get("style") == world.arm_b for row in sessions),
        "scheduled_hours": scheduled,
        "absence_hours": sum(row["absent_hours"] for row in shifts) if shifts else None,
        "sick_hours": hours("sick"),
        "no_show_hours": hours("no_show"),
        "unplanned_other_hours": hours("unplanned_other"),
        "planned_leave_hours": hours("planned_leave"),
        "statutory_leave_hours": hours("statutory_leave"),
        "unknown_absence_hours": hours(None),
        "unplanned_absence_hours": unplanned,
        "unplanned_absence_rate": unplanned / scheduled if scheduled else None,
        "contacts_handled": _total(weeks, "contacts_handled"),
        "difficult_contacts": _total(weeks, "difficult_contacts"),
        "csat_mean_1_5": _mean_rating(weeks, "csat_mean"),
        "csat_responses": _total(weeks, "csat_responses"),
        "quality_score_0_100": mean(_known(weeks, "quality_score")),
        "handle_seconds": mean(_known(weeks, "handle_seconds")),
        "first_contact_resolution": mean(_known(weeks, "first_contact_resolution")),
        "n_survey_responses": len(mine("fatigue_surveys", "submitted_on")),
        "n_trainings": len(mine("training", "completed_on")),
    }


def _is_mine(world: World, row: Row, column: str, person: str, month: dt.date) -> bool:
    """Whether a row is the person's, in the month, and within the data."""
    value = row[column]
    date = value.date() if isinstance(value, dt.datetime) else value
    return row["employee_id"] == person and month_of(date) == month and date <= world.data_until


def _known(rows: list[Row], column: str) -> list[Any]:
    return [row[column] for row in rows if row.get(column) is not None]


def _total(rows: list[Row], column: str) -> Any:
    known = _known(rows, column)
    return sum(known) if known else None


def _mean_rating(rows: list[Row], column: str) -> float | None:
    """The customers' mean rating by the number of answers; one where the number isn't known."""
    rated = [row for row in rows if row.get(column) is not None]
    weights = [1 if row.get("csat_responses") is None else row["csat_responses"] for row in rated]
    total = sum(row[column] * weight for row, weight in zip(rated, weights, strict=True))
    return total / sum(weights) if sum(weights) else None


def team_months(world: World) -> dict[tuple[Any, Any, dt.date], Row]:
    """The expected rows of marts.team_month by site, team and month."""
    months = agent_months(world)
    keys = {(row["site"], row["team"], row["month"]) for row in months.values()}
    return {
        key: _team_month(
            world,
            key,
            [row for row in months.values() if (row["site"], row["team"], row["month"]) == key],
        )
        for key in keys
    }


def _team_month(world: World, key: tuple[Any, Any, dt.date], agents: list[Row]) -> Row:
    site, team, month = key
    row = _team_figures(agents)
    surveys = [
        survey
        for each in agents
        if (survey := _latest_full_survey(world, each["agent_key"], month)) is not None
    ]
    survey_row = _team_survey_figures(surveys)
    kinds = {
        "n_voluntary_exits": sum(each["exit_type"] == "voluntary" for each in agents),
        "n_involuntary_exits": sum(each["exit_type"] == "involuntary" for each in agents),
    }
    is_hidden = len(agents) < world.min_group or row["n_exits"] == len(agents)
    is_survey_hidden = is_hidden or len(surveys) < world.min_group
    is_kind_hidden = is_hidden or 0 < row["n_exits"] < world.min_leavers
    return {
        "site": site,
        "team": team,
        "month": month,
        **(dict.fromkeys(row) if is_hidden else row),
        **(dict.fromkeys(survey_row) if is_survey_hidden else survey_row),
        "status": "suppressed" if is_hidden else "shown",
        **(dict.fromkeys(kinds) if is_kind_hidden else kinds),
        "survey_status": (
            "no_data"
            if not _anybody_answered(world, month)
            else "suppressed"
            if is_survey_hidden
            else "shown"
        ),
        "exits_status": "suppressed" if is_kind_hidden else "shown",
        **_spreads(agents, surveys),
    }


def _team_figures(agents: list[Row]) -> Row:
    """A team's month before anything is hidden: the sums and means over its people's months."""
    scheduled = _total(agents, "scheduled_hours")
    unplanned = sum(
        row[name] or 0
        for row in agents
        for name in ("sick_hours", "no_show_hours", "unplanned_other_hours")
    )
    return {
        "n_people": len(agents),
        "employed_days": sum(row["employed_days"] for row in agents),
        "n_exits": sum(row["exit_type"] is not None for row in agents),
        "n_sessions": sum(row["n_sessions"] for row in agents),
        "n_sessions_arm_a": sum(row["n_sessions_arm_a"] for row in agents),
        "n_sessions_arm_b": sum(row["n_sessions_arm_b"] for row in agents),
        "scheduled_hours": scheduled,
        "unplanned_absence_rate": unplanned / scheduled if scheduled else None,
        "contacts_handled": _total(agents, "contacts_handled"),
        "csat_mean_1_5": _mean_rating(agents, "csat_mean_1_5"),
        "quality_score_0_100": mean(_known(agents, "quality_score_0_100")),
    }


def _team_survey_figures(surveys: list[Row]) -> Row:
    """What a team's latest full surveys come to before anything is hidden."""
    scales = [scales_of(survey) for survey in surveys]
    return {
        "n_survey_respondents": len(surveys),
        "n_survey_instruments": len({survey["instrument"] for survey in surveys}),
        **{
            f"mean_{name}_0_100": mean(_known(scales, name))
            for name in ("emotional_exhaustion", "cynicism")
        },
    }


def _anybody_answered(world: World, month: dt.date) -> bool:
    """Whether anybody in any team did."""
    return any(
        _latest_full_survey(world, agent, own_month) is not None
        for agent, own_month in agent_months(world)
        if own_month == month
    )


def _spreads(agents: list[Row], surveys: list[Row]) -> Row:
    """Standard deviations between the people of a team; None where nobody has a value."""
    of_scales = [scales_of(survey) for survey in surveys]
    values = {
        "absence_spread": _known(agents, "unplanned_absence_rate"),
        "csat_spread": _known(agents, "csat_mean_1_5"),
        "quality_spread": _known(agents, "quality_score_0_100"),
        "emotional_exhaustion_spread": _known(of_scales, "emotional_exhaustion"),
        "cynicism_spread": _known(of_scales, "cynicism"),
    }
    return {name: pstdev(known) if known else None for name, known in values.items()}


def _latest_full_survey(world: World, agent_key: str, month: dt.date) -> Row | None:
    """The agent's latest response of the month with both scales."""
    surveys = [
        row
        for row in world.of("fatigue_surveys")
        if key_of(row["employee_id"]) == agent_key
        and month_of(row["submitted_on"]) == month
        and row["submitted_on"] <= world.data_until
        and all(score is not None for score in scales_of(row).values())
    ]
    return max(surveys, key=lambda row: (row["submitted_on"], row["response_id"]), default=None)
