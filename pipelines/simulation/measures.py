"""What is measured about agents at work: shifts and weekly performance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.simulation.arrays import (
    NEVER,
    Bools,
    Floats,
    Ints,
    date_series,
    weekday,
    with_nulls,
)
from pipelines.simulation.cohort_entry import Entries
from pipelines.simulation.config import SampleConfig
from pipelines.simulation.employee_ids import agent_ids
from pipelines.simulation.hr_exports import FATIGUE_COURSE, SERVICE_COURSE
from pipelines.simulation.organisation import Organisation
from pipelines.simulation.weekly_quality import WeeklyQuality

ABSENCE_TYPES = ("sick", "no_show", "unplanned_other", "planned_leave", "statutory_leave", None)
_SICK, _NO_SHOW, _UNPLANNED_OTHER, _PLANNED, _STATUTORY, _PRESENT = range(6)

MISSED_OF_UNPLANNED = 0.9
"""Mean share of a shift that is missed: all of it but for one absence in five, then a half."""

_SHARE_SATURDAY_TEAMS = 4  # every fourth coach's team works Tuesday to Saturday


@dataclass(frozen=True)
class Measures:
    """Everything the measurements depend on.

    ``attended`` holds, by course, the day each agent completed it (`NEVER` if not).
    """

    config: SampleConfig
    organisation: Organisation
    entries: Entries
    attended: dict[str, Ints]

    @property
    def last_day(self) -> Ints:
        """Last day of each agent in the files: the day of exit or the end of the window."""
        return np.minimum(self.entries.exited_on, self.config.end_day)

    def days_since_day_0(self, agent: Ints, day: Ints) -> Ints:
        """Days since each agent's day 0; negative before it and where there is none."""
        day_0 = np.where(self.entries.has_entered, self.entries.planned_day_0, NEVER)
        return day - day_0[agent]


def shifts_frame(measures: Measures) -> pl.DataFrame:
    """The landing frame ``shifts``: five a week, with hours missed and why."""
    config, organisation = measures.config, measures.organisation
    rng = config.stream("shifts")
    agent, day = _rostered_days(measures)
    scheduled = scheduled_hours(measures, agent, day)
    kind = _absence_kinds(measures, agent, day, rng)
    share_missed = np.where(kind == _UNPLANNED_OTHER, rng.integers(1, 4, len(agent)) / 4.0, 1.0)
    missed = np.where(kind == _PRESENT, 0.0, np.round(scheduled * share_missed, 2))
    return pl.DataFrame(
        {
            "employee_id": agent_ids(np.arange(len(organisation.agents))).gather(agent),
            "shift_date": date_series(day),
            "scheduled_hours": scheduled,
            "absent_hours": missed,
            "absence_type": pl.Series(ABSENCE_TYPES, dtype=pl.String).gather(kind),
        }
    )


def scheduled_hours(measures: Measures, agent: Ints, day: Ints) -> Floats:
    """Hours of a shift of each agent on each day."""
    agents = measures.organisation.agents
    scheduled = agents.hours_on(agents.hired_on)[agent] / 5.0
    return np.where(day >= agents.full_time_from[agent], 8.0, scheduled)


def performance_frame(measures: Measures, quality: WeeklyQuality) -> pl.DataFrame:
    """The landing frame ``performance``: one row per agent and full week.

    Quality changes with the arm after day 0; customer satisfaction doesn't (a true null): it
    depends on the agent's own level, chance, and the course in compassionate service.
    """
    agents = measures.organisation.agents
    rng = measures.config.stream("performance")
    weeks = quality.weeks
    is_there = (weeks >= agents.hired_on[:, None]) & (weeks < measures.last_day[:, None])
    agent, column = np.nonzero(is_there)
    week = weeks[column]
    n = len(agent)
    contacts = rng.poisson(np.where(agents.contract_on(agents.hired_on)[agent] == 1, 150, 260), n)
    difficult_share = 0.08 * np.exp(0.35 * agents.difficulty[agent])
    responses = rng.binomial(contacts, 0.05)
    score = quality.score[agent, column] + _coaching_gain(measures, agent, week)
    return pl.DataFrame(
        {
            "employee_id": agent_ids(agent),
            "week_start": date_series(week),
            "contacts_handled": contacts,
            "difficult_contacts": rng.binomial(contacts, np.minimum(difficult_share, 0.6)),
            "csat_mean": with_nulls(
                pl.Series(_satisfaction(measures, agent, week, responses, rng)), responses == 0
            ),
            "csat_responses": responses,
            "quality_score": with_nulls(
                pl.Series(np.round(np.clip(score, 0.0, 100.0), 1)),
                ~quality.is_scored[agent, column],
            ),
            "handle_seconds": np.round(rng.normal(390.0, 35.0, n), 1),
            "first_contact_resolution": np.round(
                np.clip(
                    0.72 + 0.004 * (agents.quality_level[agent] - 72) + rng.normal(0, 0.04, n), 0, 1
                ),
                3,
            ),
        }
    ).sort("week_start", "employee_id")


def _rostered_days(measures: Measures) -> tuple[Ints, Ints]:
    """Agent and day of every shift: Monday to Friday, or Tuesday to Saturday in some teams."""
    config, agents = measures.config, measures.organisation.agents
    days = np.arange(config.start_day, config.end_day + 1, dtype=np.int64)
    is_saturday_team = agents.coach % _SHARE_SATURDAY_TEAMS == 0
    of_week = weekday(days)
    works = np.where(is_saturday_team[:, None], (of_week >= 1) & (of_week <= 5), of_week <= 4)
    is_there = (days >= agents.hired_on[:, None]) & (days <= measures.last_day[:, None])
    column, agent = np.nonzero((works & is_there).T)
    return agent.astype(np.int64), days[column]


def _absence_kinds(measures: Measures, agent: Ints, day: Ints, rng: np.random.Generator) -> Ints:
    """Index into `ABSENCE_TYPES` of every shift.

    Unplanned absence rises with strain and is lower in the first arm after day 0.
    """
    unplanned = unplanned_share(
        measures,
        agent,
        is_relieved=measures.entries.is_arm_a[agent] & (measures.days_since_day_0(agent, day) > 0),
        is_taught=day > measures.attended[FATIGUE_COURSE][agent],
    )
    draw = rng.random(len(agent))
    kind = np.full(len(agent), _PRESENT)
    kind[draw < unplanned + 0.075] = _STATUTORY
    kind[draw < unplanned + 0.070] = _PLANNED
    kind[draw < unplanned] = _UNPLANNED_OTHER
    kind[draw < unplanned * 0.8] = _NO_SHOW
    kind[draw < unplanned * 0.7] = _SICK
    return kind


def unplanned_share(
    measures: Measures, agent: Ints, *, is_relieved: Bools, is_taught: Bools
) -> Floats:
    """Share of shifts with unplanned absence, one entry per shift of an agent.

    `is_relieved` tells the shifts after day 0 in the first arm, `is_taught` those after the
    course on compassion fatigue. On average `MISSED_OF_UNPLANNED` of such a shift is missed.
    """
    config, agents = measures.config, measures.organisation.agents
    log_rate = (
        0.30 * agents.strain[agent]
        + config.effects.absence_log_ratio * is_relieved
        - 0.15 * is_taught
        + config.hidden.absence * agents.hidden[agent]
    )
    return np.asarray(np.minimum(0.045 * np.exp(log_rate), 0.5), dtype=np.float64)


def _coaching_gain(measures: Measures, agent: Ints, week: Ints) -> Floats:
    """Points of quality after day 0: lasting in the first arm, quick but fading in the second."""
    since = measures.days_since_day_0(agent, week)
    return measures.config.effects.quality_gain(since, measures.entries.is_arm_a[agent])


def _satisfaction(
    measures: Measures, agent: Ints, week: Ints, responses: Ints, rng: np.random.Generator
) -> Floats:
    level = 3.9 + 0.02 * (measures.organisation.agents.quality_level[agent] - 72.0)
    level = level + 0.12 * (week > measures.attended[SERVICE_COURSE][agent])
    noise = rng.normal(0.0, 0.8, len(agent)) / np.sqrt(np.maximum(responses, 1))
    return np.asarray(np.round(np.clip(level + noise, 1.0, 5.0), 2), dtype=np.float64)


def times(value: Floats | float, applies: Bools) -> Floats:
    """The value where it applies, else 0."""
    return np.where(applies, value, 0.0)
