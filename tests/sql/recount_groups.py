"""The naive recount of the month tables of everybody, the sites and the arms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from statistics import fmean, pstdev
from typing import Any

from tests.sql import recount, recount_months
from tests.sql.recount import month_of
from tests.sql.recount_surveys import scales_of
from tests.sql.worlds import Row, World, key_of

EARLY = 90
COUNTS = ("n_sessions", "n_sessions_arm_a", "n_sessions_arm_b")


def month_end(month: dt.date) -> dt.date:
    return (month + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)


def quarter_of(month: dt.date) -> dt.date:
    return month.replace(month=month.month - (month.month - 1) % 3)


def months_of(world: World) -> dict[dt.date, Row]:
    """The expected rows of marts.dim_month."""
    first = recount_months.first_observed(world)
    if first is None:
        return {}
    months, month = {}, month_of(first)
    while month <= world.data_until:
        end = month_end(month)
        months[month] = {
            "month_end": end,
            "counted_until": min(end, world.data_until),
            "year": month.year,
            "quarter": {1: 1, 2: 1, 3: 1, 4: 2, 5: 2, 6: 2, 7: 3, 8: 3, 9: 3}.get(month.month, 4),
            "is_whole_month": first - month < dt.timedelta(7) and end <= world.data_until,
        }
        month = end + dt.timedelta(days=1)
    begun = [month for month in months if first - month < dt.timedelta(7)]
    for row in months.values():
        row["observed_from_month"] = min(begun, default=None)
    return months


class Recount:
    """Every agent-month of a world, and what a group of them adds up to."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.months = months_of(world)
        self.agents = recount_months.agent_months(world)
        self.people = {key_of(row["employee_id"]): row["employee_id"] for row in world.of("roster")}
        self.days = {
            key: recount_months.employed_days(world, name) for key, name in self.people.items()
        }
        self.entries = recount.episodes(world)
        self.hired: dict[tuple[str, str, dt.date], int] = {}

    def groups(self) -> dict[tuple[str, str, dt.date], list[str]]:
        """The members of each group and month."""
        found: dict[tuple[str, str, dt.date], list[str]] = {}
        for (key, month), row in self.agents.items():
            found.setdefault(("all", "all", month), []).append(key)
            if row["site"] is not None:
                found.setdefault(("site", row["site"], month), []).append(key)
            entry = self.entries.get(key)
            if entry and month_of(entry["day_0"]) <= month:
                found.setdefault(("arm", entry["arm"], month), []).append(key)
        return found

    def rows(self) -> dict[tuple[str, str, dt.date], Row]:
        """The expected rows of the three tables by scope, group and month."""
        groups = self.groups()
        found = {place: self._row(place, groups) for place in groups}
        quarters: dict[Any, list[Any]] = {}
        for place in found:
            quarters.setdefault((*place[:2], quarter_of(place[2])), []).append(place)
        for (_, _, quarter), months in quarters.items():
            self._hide_another(months, found, quarter)
        return found

    def _hide_another(self, months: list[Any], found: dict[Any, Row], quarter: dt.date) -> None:
        """Of a quarter with a few hidden starters no more than the sum of two months may follow."""
        n_hired = {place: self.hired[place] for place in months if self.hired[place]}
        few = {place for place, n in n_hired.items()
               if n < self.world.min_group or found[place]["status"] != "shown"}  # fmt: skip
        observed = self.months[months[0][2]]["observed_from_month"]
        n_few = sum(n_hired[place] for place in few)
        if not 0 < n_few < self.world.min_group or observed is None or quarter < observed:
            return
        others = sorted((n, place[2], place) for place, n in n_hired.items() if place not in few)
        if others and found[others[0][2]]["starters_status"] == "shown":
            found[others[0][2]] |= {"starters_status": "suppressed", "n_left_early": None}

    def _row(self, place: tuple[str, str, dt.date], groups: Any) -> Row:
        scope, value, month = place
        members = groups[place]
        before = groups.get((scope, value, month_of(month - dt.timedelta(days=1))))
        if before is None and month == min(self.months) and scope != "arm":
            opening = sum(self._worked_on(key, month - dt.timedelta(days=1)) for key in members)
        else:
            opening = sum(self._stays(key, month_of(month - dt.timedelta(days=1)))
                          for key in before or [])  # fmt: skip
        closing = sum(self._stays(key, month) for key in members)
        hires = [key for key in members if month_of(self._hired(key, month)) == month]
        entered = sum(month_of(self.entries[key]["day_0"]) == month for key in members
                      if key in self.entries)  # fmt: skip
        exits = [self.agents[key, month]["exit_type"] for key in members]
        n_exits = sum(kind is not None for kind in exits)
        came = entered if scope == "arm" else len(hires)
        facts = {
            "n_people": len(members),
            "n_opening": opening,
            "n_hires": len(hires),
            "n_exits": n_exits,
            "n_net_moves": closing - opening - came + n_exits,
            "n_closing": closing,
            "average_headcount": (opening + closing) / 2,
        } | ({"n_entered": entered} if scope == "arm" else {})
        coaches = {self.entries[k]["coach_key"] for k in members if k in self.entries}
        is_shown = len(members) >= self.world.min_group and (scope != "arm" or len(coaches) >= 2)
        is_shown &= not any(0 < n < self.world.min_group for n in (opening, closing))
        row = dict.fromkeys(facts) if not is_shown else dict(facts)
        row["status"] = "shown" if is_shown else "suppressed"
        is_throughout = is_shown and opening > 0 and closing > 0
        row |= self._kinds(exits, is_shown, is_throughout)
        self.hired[place] = len(hires)
        row |= self._starters(scope, month, hires, is_shown)
        row |= self._sessions(month, members, is_shown)
        return row | self._measured(scope, month, members, is_throughout)

    def _worked_on(self, key: str, day: dt.date) -> bool:
        return day in self.days[key]

    def _stays(self, key: str, month: dt.date) -> bool:
        """Whether somebody is employed at the end of a month, and not leaving on its last day."""
        last = min(month_end(month), self.world.data_until)
        return self.days[key].get(last) is False

    def _hired(self, key: str, month: dt.date) -> dt.date:
        """The hire date on the roster as of the last employed day of the month."""
        day = max(d for d in self.days[key] if month_of(d) == month)
        place = recount.roster_as_of(self.world, self.people[key], day)
        assert place is not None
        return place["hire_date"] or dt.date(1900, 1, 1)

    def _kinds(self, exits: list[str | None], is_shown: bool, is_throughout: bool) -> Row:
        kinds = {f"n_{kind}_exits": exits.count(kind) for kind in ("voluntary", "involuntary")}
        n = sum(kind is not None for kind in exits)
        are_enough = n >= self.world.min_leavers
        is_told = n == 0 or (is_throughout and are_enough) or self.world.is_exit_kind_open
        is_told &= is_shown
        return (kinds if is_told else dict.fromkeys(kinds)) | {
            "exits_status": "shown" if is_told else "suppressed"
        }

    def _starters(self, scope: str, month: dt.date, hires: list[str], is_shown: bool) -> Row:
        observed = self.months[month]["observed_from_month"]
        if scope == "arm" or observed is None or month < observed:
            status = "no_data"
        elif (hires or not is_shown) and (self.world.data_until - month_end(month)).days < EARLY:
            status = "too_early"
        elif not is_shown or 0 < len(hires) < self.world.min_group:
            status = "suppressed"
        else:
            status = "shown" if hires else "no_data"
        n = sum(self._left_early(key, self._hired(key, month)) for key in hires)
        return {
            "n_left_early": n if status == "shown" else None,
            "starters_status": status,
        }

    def _left_early(self, key: str, hired: dt.date) -> bool:
        return any(
            0 <= (row["separation_date"] - hired).days <= EARLY
            and row["separation_date"] <= self.world.data_until
            for row in self.world.of("attrition")
            if row["employee_id"] == self.people[key]
        )

    def _sessions(self, month: dt.date, members: list[str], is_shown: bool) -> Row:
        last = min(month_end(month), self.world.data_until)
        names = {self.people[key]: key for key in members}
        mine = [row for row in self.world.of("coaching_sessions") if row["employee_id"] in names]
        days = [(row, row["started_at"].date()) for row in mine]
        coaches = {row["coach_id"] for row, day in days if month <= day <= last}
        recent = {row["employee_id"] for row, day in days if last - dt.timedelta(29) <= day <= last}
        n: Row = {name: sum(self.agents[k, month][name] for k in members) for name in COUNTS}
        n["n_coached_lately"] = sum(self._stays(names[name], month) for name in recent)
        is_told = is_shown and (n["n_sessions"] == 0 or len(coaches) >= 2)
        counts = dict(n if is_told else dict.fromkeys(n))
        are_many = is_told and self._has_many_on_each_side(
            [row for row, day in days if month <= day <= last]
        )
        if not are_many:
            counts |= dict.fromkeys(("n_sessions_arm_a", "n_sessions_arm_b"))
        return counts | {
            "sessions_status": "shown" if is_told else "suppressed",
            "session_kinds_status": "shown" if are_many else "suppressed",
        }

    def _has_many_on_each_side(self, sessions: list[Row]) -> bool:
        """Whether nobody or enough people and coaches have each kind, and any but that kind."""
        for arm in (self.world.arm_a, self.world.arm_b):
            of_it = [row for row in sessions if row["style"] == arm]
            for side in (of_it, [row for row in sessions if row["style"] != arm]):
                people = {row["employee_id"] for row in side}
                coaches = {row["coach_id"] for row in side} - {None}
                if side and (len(people) < self.world.min_group or len(coaches) < 2):
                    return False
        return True

    def _measured(self, scope: str, month: dt.date, members: list[str], is_shown: bool) -> Row:
        own = [key for key in members if scope != "arm" or self.entries[key]["day_0"] < month]
        everybody = self._measurable(scope, month)
        scheduled = self._with(own, month, lambda row: bool(row["scheduled_hours"]))
        absent = [row["unplanned_absence_hours"] for row in scheduled]
        hours = sum(row["scheduled_hours"] for row in scheduled)
        found: Row = {}
        values = {
            "scheduled_hours": hours,
            "unplanned_absence_hours": sum(absent),
            "sick_hours": sum(row["sick_hours"] for row in scheduled),
            "unplanned_absence_rate": sum(absent) / hours if hours else None,
        }
        anybody = self._with(everybody, month, lambda row: bool(row["scheduled_hours"]))
        found |= self._gated("absence", values, len(scheduled), bool(anybody), is_shown)
        found["n_scheduled"] = len(scheduled)
        rates = [row["unplanned_absence_rate"] for row in scheduled]
        found["absence_spread"] = pstdev(rates) if rates else None
        answers = [a for key in own if (a := self._answer(key, month)) is not None]
        anybody_answered = any(self._answer(key, month) is not None for key in everybody)
        values = {
            "n_survey_respondents": len(answers),
            "mean_emotional_exhaustion_0_100": fmean(answers) if answers else None,
        }
        found |= self._gated("survey", values, len(answers), anybody_answered, is_shown)
        found["emotional_exhaustion_spread"] = pstdev(answers) if answers else None
        for name, column, weight, n, spread in (
            ("csat", "csat_mean_1_5", "csat_responses", "n_csat", "csat_spread"),
            ("handle", "handle_seconds", "contacts_handled", "n_handled", "handle_spread"),
            ("resolution", "first_contact_resolution", "contacts_handled", "n_resolved",
             "resolution_spread"),
        ):  # fmt: skip
            rated = self._with(own, month, lambda row, column=column: row[column] is not None)
            weights = [1 if row[weight] is None else row[weight] for row in rated]
            total = sum(row[column] * w for row, w in zip(rated, weights, strict=True))
            mean = total / sum(weights) if sum(weights) else None
            anybody = self._with(
                everybody, month, lambda row, column=column: row[column] is not None
            )
            found |= self._gated(name, {column: mean}, len(rated), bool(anybody), is_shown)
            found |= {n: len(rated)}
            found |= {spread: pstdev([row[column] for row in rated]) if rated else None}
        return found

    def _measurable(self, scope: str, month: dt.date) -> list[str]:
        """Whose months count where anybody's do: all agents, as the table of everybody has them."""
        return [key for key, each in self.agents if each == month]

    def _gated(self, name: str, values: Row, n: int, anybody: bool, is_shown: bool) -> Row:
        is_told = anybody and is_shown and n >= self.world.min_group
        status = "no_data" if not anybody else "shown" if is_told else "suppressed"
        return (values if is_told else dict.fromkeys(values)) | {f"{name}_status": status}

    def _with(self, keys: Iterable[str], month: dt.date, holds: Callable[[Row], bool]) -> list[Row]:
        return [row for key in keys if holds(row := self.agents[key, month])]

    def _answer(self, key: str, month: dt.date) -> float | None:
        survey = recount_months._latest_full_survey(self.world, key, month)
        return None if survey is None else scales_of(survey)["emotional_exhaustion"]
