"""The naive recount of the marts behind the claim register; nothing here is shared with the SQL."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.sql.recount import episodes, first_arm_session, mean, month_of, roster_as_of
from tests.sql.recount_months import employed_days
from tests.sql.recount_surveys import scales_of, style_of
from tests.sql.worlds import BEHAVIOURS, Row, World, key_of

STEPS = (
    "asked_desired_future",
    "asked_ideal_self",
    "discussed_strengths",
    "identified_need",
    "agent_set_goal",
)
SIGNS = ("irritability", "difficulty_concentrating", "detachment")
WINDOWS = ((1, 14), (15, 28), (43, 56), (71, 84), (169, 182), (1, 30), (31, 60), (61, 90))


def _people(world: World) -> dict[str, str]:
    return {key_of(row["employee_id"]): row["employee_id"] for row in world.of("roster")}


def _sessions(world: World, person: str) -> list[Row]:
    mine = [row for row in world.of("coaching_sessions") if row["employee_id"] == person]
    return [row for row in mine if row["started_at"].date() <= world.data_until]


def _share(values: list[Any]) -> float | None:
    known = [value for value in values if value is not None]
    return known.count(True) / len(known) if known else None


def episode_sessions(world: World) -> dict[str, Row]:
    """What happened in everybody's first session with a label, and the coaching until day 180."""
    expected = {}
    for key, episode in episodes(world).items():
        person = _people(world)[key]
        session = first_arm_session(world, person)
        assert session is not None
        steps = [session.get(name) for name in STEPS]
        is_coded = None not in steps
        leading = 0
        while leading < 5 and steps[leading]:
            leading += 1
        last = episode["day_0"] + dt.timedelta(days=min(180, episode["follow_up_days"]))
        held = [
            row
            for row in _sessions(world, person)
            if episode["day_0"] <= row["started_at"].date() <= last
        ]
        minutes = [row["duration_minutes"] for row in held if row["duration_minutes"] is not None]
        done, help_, follow_up = (
            session.get(name) for name in ("follow_up_done", "offered_help", "agreed_follow_up")
        )
        style = style_of(session)
        balance = style["behaviour_balance"]
        expected[key] = {
            "agent_key": key,
            **{
                name: session.get(name)
                for name in BEHAVIOURS
                if name not in ("recited_metrics", "imposed_plan", "threatened_consequences")
            },
            # Unknown and false is false; unknown and true is unknown.
            "has_help_and_follow_up": (
                False
                if False in (help_, follow_up)
                else None
                if None in (help_, follow_up)
                else True
            ),
            "compassionate_share": _share([session.get(name) for name in BEHAVIOURS[:10]]),
            "compliance_share": _share([session.get(name) for name in BEHAVIOURS[10:]]),
            "behaviour_balance": balance,
            "style_from_behaviours": style["style_from_behaviours"],
            "leading_steps": leading if is_coded else None,
            "n_steps": steps.count(True) if is_coded else None,
            "is_in_order": 0 < leading == steps.count(True) if is_coded else None,
            "duration_minutes": session["duration_minutes"],
            "follow_up_due": session.get("follow_up_due"),
            "days_to_follow_up": (done - episode["day_0"]).days if done else None,
            "n_sessions_180": len(held),
            "coaching_hours_180": sum(minutes) / 60 if minutes else None,
        }
    return expected


def episode_qualities(world: World) -> dict[tuple[str, int, int], Row]:
    """Mean quality of the whole weeks in each window after day 0."""
    expected = {}
    for key, episode in episodes(world).items():
        person, day_0 = _people(world)[key], episode["day_0"]
        last = day_0 + dt.timedelta(days=episode["follow_up_days"])
        for first_day, last_day in WINDOWS:
            window = {day_0 + dt.timedelta(days=day) for day in range(first_day, last_day + 1)}
            scores = []
            for row in world.of("performance"):
                days = {row["week_start"] + dt.timedelta(days=day) for day in range(7)}
                if row["employee_id"] == person and days <= window and max(days) <= last:
                    scores.append(row.get("quality_score"))
            score = mean([each for each in scores if each is not None])
            prior = episode["prior_quality_score_0_100"]
            expected[key, first_day, last_day] = {
                "agent_key": key,
                "first_day": first_day,
                "last_day": last_day,
                "is_window_complete": (world.data_until - day_0).days >= last_day,
                "n_weeks": sum(each is not None for each in scores),
                "quality_score_0_100": score,
                "quality_change": None if None in (score, prior) else score - prior,
            }
    return expected


def _placed_responses(world: World) -> list[Row]:
    """Every response of somebody employed in its month, up to the last employed day of it."""
    found = []
    for person in {row["employee_id"] for row in world.of("fatigue_surveys")}:
        days = employed_days(world, person)
        for row in world.of("fatigue_surveys"):
            date = row["submitted_on"]
            in_month = [day for day in days if month_of(day) == month_of(date)]
            if row["employee_id"] != person or not in_month or date > max(in_month):
                continue
            place = roster_as_of(world, person, max(in_month))
            if date <= world.data_until and place is not None:
                found.append({**row, "place": place, "team": _team(place)})
    found.sort(key=lambda row: (row["submitted_on"], row["response_id"]))
    return found


def _team(place: Row) -> str:
    return f"{place['site']} / {place['team']}"


def _quarter(date: dt.date) -> int:
    return date.year * 4 + (date.month - 1) // 3 + 1


def _exit_after(world: World, person: str, date: dt.date) -> Row | None:
    exits = [
        row
        for row in world.of("attrition")
        if row["employee_id"] == person and date <= row["separation_date"] <= world.data_until
    ]
    return min(exits, key=lambda row: row["separation_date"], default=None)


def survey_answers(world: World) -> dict[tuple[str, int], Row]:
    """Every placed response with what came before and after it."""
    placed = _placed_responses(world)
    firsts: dict[tuple[str, int], Row] = {}
    for row in placed:
        firsts.setdefault((row["employee_id"], _quarter(row["submitted_on"])), row)
    expected: dict[tuple[str, int], Row] = {}
    for row in placed:
        person, date, place = row["employee_id"], row["submitted_on"], row["place"]
        quarter = _quarter(date)
        same = [r for r in placed if r["employee_id"] == person]
        in_quarter = [r for r in same if _quarter(r["submitted_on"]) == quarter]
        is_first = in_quarter[0] is row
        later = [r for (who, q), r in firsts.items() if who == person and q > quarter]
        following = min(later, key=lambda r: r["submitted_on"], default=None)
        if not is_first or (following and (following["submitted_on"] - date).days > 365):
            following = None
        leaving = _exit_after(world, person, date)
        end = leaving["separation_date"] if leaving else world.data_until
        signs = [_sign(row, name) for name in SIGNS]
        key = (key_of(person), same.index(row) + 1)
        contacts = _contacts(world, person, date)
        expected[key] = {
            "agent_key": key[0],
            "response_number": key[1],
            "number_in_quarter": in_quarter.index(row) + 1,
            "submitted_on": date,
            "submitted_month": month_of(date),
            "quarter_number": quarter,
            "instrument": row["instrument"],
            "role": place["role"],
            "site": place["site"],
            "team": row["team"],
            "employment_type": place["employment_type"],
            "weekly_hours": place["weekly_hours"],
            "tenure_days": (date - place["hire_date"]).days if place["hire_date"] else None,
            **{f"{name}_0_100": score for name, score in scales_of(row).items()},
            **{f"{name}_0_100": sign for name, sign in zip(SIGNS, signs, strict=True)},
            "warning_signs_0_100": None if None in signs else sum(signs) / 3,  # type: ignore[arg-type]
            "morale_0_10": row.get("morale"),
            "stress_1_5": row.get("stress"),
            "prior_contacts_100": contacts[0],
            "prior_difficult_contacts_100": contacts[1],
            **{
                f"others_{name}_0_100": _others(firsts, row, name) if is_first else None
                for name in ("emotional_exhaustion", "cynicism")
            },
            **{
                f"next_{name}_0_100": scales_of(following)[name] if following else None
                for name in ("emotional_exhaustion", "cynicism")
            },
            "follow_up_days": (end - date).days,
            "exit_type": leaving["separation_type"] if leaving else None,
        }
    return expected


def _sign(row: Row, name: str) -> float | None:
    return row.get(name) if row["instrument"] == "scores_0_100" else None


def _others(firsts: dict[tuple[str, int], Row], row: Row, name: str) -> float | None:
    """Mean over the others of the team and role who answered first in the same quarter."""
    if scales_of(row)[name] is None:
        return None
    quarter = _quarter(row["submitted_on"])
    scores = [
        scales_of(other)[name]
        for (who, q), other in firsts.items()
        if q == quarter
        and who != row["employee_id"]
        and other["team"] == row["team"]
        and other["place"]["role"] == row["place"]["role"]
        and row["place"]["role"] is not None
    ]
    return mean([score for score in scores if score is not None])


def _contacts(world: World, person: str, date: dt.date) -> tuple[float | None, float | None]:
    """Contacts and difficult ones of the whole weeks in the 90 days before, in hundreds."""
    sums: list[float | None] = []
    for name in ("contacts_handled", "difficult_contacts"):
        known = [
            row[name]
            for row in world.of("performance")
            if row["employee_id"] == person
            and date - dt.timedelta(days=90) <= row["week_start"]
            and row["week_start"] + dt.timedelta(days=6) < date
            and row.get(name) is not None
        ]
        sums.append(sum(known) / 100 if known else None)
    return sums[0], sums[1]


def first_signs(world: World) -> dict[str, Row]:
    """The first response of each agent with warning signs, and the course that followed."""
    answers = survey_answers(world)
    expected: dict[str, Row] = {}
    for key in {agent for agent, _ in answers}:
        mine = [answers[each] for each in sorted(answers) if each[0] == key]
        signs = [r for r in mine if r["role"] == "agent" and (r["warning_signs_0_100"] or 0) >= 50]
        if not signs:
            continue
        sign = signs[0]
        courses = [
            row["completed_on"]
            for row in world.of("training")
            if key_of(row["employee_id"]) == key
            and row["course"] == "compassion_fatigue"
            and row["completed_on"] <= world.data_until
        ]
        if courses and min(courses) <= sign["submitted_on"]:
            continue
        later = [
            r["emotional_exhaustion_0_100"]
            for r in mine
            if 91 <= (r["submitted_on"] - sign["submitted_on"]).days <= 270
            and r["emotional_exhaustion_0_100"] is not None
        ]
        kept = (
            "agent_key submitted_on site team employment_type tenure_days warning_signs_0_100 "
            "emotional_exhaustion_0_100 cynicism_0_100 follow_up_days exit_type"
        )
        expected[key] = {
            **{name: sign[name] for name in kept.split()},
            "days_to_end": (world.data_until - sign["submitted_on"]).days,
            "days_to_training": (min(courses) - sign["submitted_on"]).days if courses else None,
            "later_emotional_exhaustion_0_100": later[0] if later else None,
        }
    return expected


def _labelled(world: World, coach: str, first: dt.date, last: dt.date) -> list[Row]:
    """The coach's sessions with one of the two labels between two days."""
    return [
        row
        for row in world.of("coaching_sessions")
        if key_of(row["coach_id"]) == coach
        and row.get("style") in (world.arm_a, world.arm_b)
        and first <= row["started_at"].date() <= min(last, world.data_until)
    ]


def coach_practices(world: World) -> dict[tuple[str, int], Row]:
    """Every response of somebody who had coached at least five times, and how."""
    expected = {}
    for key, answer in survey_answers(world).items():
        date = answer["submitted_on"]
        day = dt.timedelta(days=1)
        held = _labelled(world, key[0], date - 180 * day, date - day)
        balances = [style_of(row)["behaviour_balance"] for row in held]
        if len(held) >= 5:
            expected[key] = {
                **answer,
                "n_sessions": len(held),
                "arm_a_share": sum(row["style"] == world.arm_a for row in held) / len(held),
                "mean_behaviour_balance": mean([each for each in balances if each is not None]),
            }
    return expected


def coach_entries(world: World) -> dict[str, Row]:
    """Coaches still employed 180 days after their first session, and whether they left later."""
    expected = {}
    for coach in {row["coach_id"] for row in world.of("coaching_sessions")}:
        every = _labelled(world, key_of(coach), dt.date.min, dt.date.max)
        rows = [row for row in world.of("roster") if row["employee_id"] == coach]
        if not every or not rows:
            continue
        first = min(row["started_at"].date() for row in every)
        entered = first + dt.timedelta(days=180)
        days = [d for d in employed_days(world, coach) if month_of(d) == month_of(entered)]
        held = _labelled(world, key_of(coach), first, entered - dt.timedelta(days=1))
        if len(held) < 5 or not days or entered > max(days):
            continue
        place = roster_as_of(world, coach, max(days))
        assert place is not None
        leaving = _exit_after(world, coach, entered)
        end = leaving["separation_date"] if leaving else world.data_until
        expected[key_of(coach)] = {
            "agent_key": key_of(coach),
            "site": place["site"],
            "tenure_days": (entered - place["hire_date"]).days if place["hire_date"] else None,
            "n_sessions": len(held),
            "arm_a_share": sum(row["style"] == world.arm_a for row in held) / len(held),
            "follow_up_days": (end - entered).days,
            "exit_type": leaving["separation_type"] if leaving else None,
        }
    return expected


def trainings(world: World) -> dict[tuple[str, str, dt.date], Row]:
    """Every completed course, and whether it was the person's first completion of it."""
    known = [row for row in world.of("training") if row["completed_on"] <= world.data_until]
    expected = {}
    for row in known:
        same = [r for r in known if all(r[n] == row[n] for n in ("employee_id", "course"))]
        key = key_of(row["employee_id"])
        expected[key, row["course"], row["completed_on"]] = {
            "agent_key": key,
            "course": row["course"],
            "completed_on": row["completed_on"],
            "format": row.get("format"),
            "hours": row.get("hours"),
            "is_first": row["completed_on"] == min(r["completed_on"] for r in same),
        }
    return expected
