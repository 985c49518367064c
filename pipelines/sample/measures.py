"""What is measured about agents at work: surveys, shifts and weekly performance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.sample.arrays import (
    NEVER,
    Bools,
    Floats,
    Ints,
    date_series,
    numbered,
    sigmoid,
    weekday,
    with_nulls,
)
from pipelines.sample.config import SampleConfig
from pipelines.sample.entry import Entries
from pipelines.sample.identity import agent_ids, coach_ids
from pipelines.sample.organisation import Organisation
from pipelines.sample.quality import WeeklyQuality
from pipelines.sample.staff import FATIGUE_COURSE, SERVICE_COURSE

ABSENCE_TYPES = ("sick", "no_show", "unplanned_other", "planned_leave", "statutory_leave", None)
_SICK, _NO_SHOW, _UNPLANNED_OTHER, _PLANNED, _STATUTORY, _PRESENT = range(6)

_SURVEY_EVERY_DAYS = 91
_FIRST_SURVEY_AFTER_DAYS = 20
_SURVEY_OPEN_DAYS = 14
_SURVEY_MIN_TENURE_DAYS = 28
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


def surveys_frame(measures: Measures) -> pl.DataFrame:
    """The landing frame ``fatigue_surveys``: quarterly; the tired answer less often.

    Exhaustion and cynicism are lower after day 0 in the first arm and after the course on
    compassion fatigue. Coaches are asked too.
    """
    config, organisation = measures.config, measures.organisation
    rng = config.stream("surveys")
    agent, day = _survey_invitations(measures, rng)
    strain = organisation.agents.strain[agent] + 0.25 * organisation.agents.difficulty[agent]
    since = measures.days_since_day_0(agent, day)
    is_arm_a = measures.entries.is_arm_a[agent] & (since > 0)
    is_taught = day > measures.attended[FATIGUE_COURSE][agent]
    relief = _times(6.0 * np.minimum(since / 90.0, 1.0), is_arm_a) + _times(4.0, is_taught)
    of_agents = _answers(rng, agent_ids(agent), day, strain, relief, is_arm_a)

    coach, coach_day = _coach_invitations(measures, rng)
    is_trained = coach_day > organisation.coaches.trained_on[coach]
    coach_strain = organisation.coaches.strain[coach]
    of_coaches = _answers(
        rng, coach_ids(coach), coach_day, coach_strain, _times(3.0, is_trained), is_trained
    )
    frame = pl.concat([of_agents, of_coaches]).sort("submitted_on", "employee_id")
    return frame.select(
        response_id=numbered("Q", np.arange(1, len(frame) + 1), 7),
        **{name: pl.col(name) for name in frame.columns},
    )


def shifts_frame(measures: Measures) -> pl.DataFrame:
    """The landing frame ``shifts``: five a week, with hours missed and why."""
    config, organisation = measures.config, measures.organisation
    rng = config.stream("shifts")
    agent, day = _rostered_days(measures)
    scheduled = organisation.agents.hours_on(measures.organisation.agents.hired_on)[agent] / 5.0
    is_full_time = day >= organisation.agents.full_time_from[agent]
    scheduled = np.where(is_full_time, 8.0, scheduled)
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


def _survey_days(measures: Measures) -> Ints:
    config = measures.config
    first = config.start_day + _FIRST_SURVEY_AFTER_DAYS
    return np.arange(first, config.end_day - _SURVEY_OPEN_DAYS, _SURVEY_EVERY_DAYS, dtype=np.int64)


def _survey_invitations(measures: Measures, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Agent and day of every answer that could be given: employed for four weeks, still there."""
    agents = measures.organisation.agents
    waves = _survey_days(measures)
    day = waves + rng.integers(0, _SURVEY_OPEN_DAYS, (len(agents), len(waves)))
    is_asked = (day >= agents.hired_on[:, None] + _SURVEY_MIN_TENURE_DAYS) & (
        day < measures.last_day[:, None]
    )
    agent, wave = np.nonzero(is_asked)
    return agent.astype(np.int64), day[agent, wave]


def _coach_invitations(measures: Measures, rng: np.random.Generator) -> tuple[Ints, Ints]:
    waves = _survey_days(measures)
    n_coaches = len(measures.organisation.coaches.site)
    coach = np.repeat(np.arange(n_coaches), len(waves))
    return coach, np.tile(waves, n_coaches) + rng.integers(0, _SURVEY_OPEN_DAYS, len(coach))


def _answers(
    rng: np.random.Generator,
    ids: pl.Series,
    day: Ints,
    strain: Floats,
    relief: Floats,
    is_willing: Bools,
) -> pl.DataFrame:
    """Scores of those who answer; each scale has a few gaps of its own."""
    n = len(day)
    exhaustion = 46.0 + 12.0 * strain - relief + rng.normal(0.0, 9.0, n)
    cynicism = 40.0 + 9.0 * strain - 0.8 * relief + rng.normal(0.0, 10.0, n)
    answers = rng.random(n) < sigmoid(0.7 - 0.025 * (exhaustion - 46.0) + 0.3 * is_willing)

    def scale(values: Floats, low: float, high: float, digits: int) -> pl.Series:
        scores = pl.Series(np.round(np.clip(values, low, high), digits))
        return with_nulls(scores, rng.random(n) < 0.01)

    frame = pl.DataFrame(
        {
            "employee_id": ids,
            "submitted_on": date_series(day),
            "instrument": pl.Series(["scores_0_100"]).gather(np.zeros(n, dtype=np.int64)),
            "emotional_exhaustion": scale(exhaustion, 0, 100, 1),
            "cynicism": scale(cynicism, 0, 100, 1),
            "irritability": scale(38 + 9 * strain + rng.normal(0, 12, n), 0, 100, 1),
            "difficulty_concentrating": scale(36 + 8 * strain + rng.normal(0, 12, n), 0, 100, 1),
            "detachment": scale(34 + 8 * strain - 0.4 * relief + rng.normal(0, 12, n), 0, 100, 1),
            "compassion_satisfaction": scale(
                62 - 6 * strain + 0.5 * relief + rng.normal(0, 11, n), 0, 100, 1
            ),
            "morale": scale(6.2 - 0.8 * strain + 0.08 * relief + rng.normal(0, 1.2, n), 0, 10, 0),
            "stress": scale(3.6 + 0.5 * strain - 0.03 * relief + rng.normal(0, 0.7, n), 1, 5, 0),
        }
    )
    return frame.filter(pl.Series(answers)).with_columns(pl.col("morale", "stress").cast(pl.Int64))


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
    log_rate = 0.30 * measures.organisation.agents.strain[agent]
    log_rate -= 0.22 * (
        measures.entries.is_arm_a[agent] & (measures.days_since_day_0(agent, day) > 0)
    )
    log_rate -= 0.15 * (day > measures.attended[FATIGUE_COURSE][agent])
    unplanned = np.minimum(0.045 * np.exp(log_rate), 0.5)
    draw = rng.random(len(agent))
    kind = np.full(len(agent), _PRESENT)
    kind[draw < unplanned + 0.075] = _STATUTORY
    kind[draw < unplanned + 0.070] = _PLANNED
    kind[draw < unplanned] = _UNPLANNED_OTHER
    kind[draw < unplanned * 0.8] = _NO_SHOW
    kind[draw < unplanned * 0.7] = _SICK
    return kind


def _coaching_gain(measures: Measures, agent: Ints, week: Ints) -> Floats:
    """Points of quality after day 0: lasting in the first arm, quick but fading in the second."""
    since = measures.days_since_day_0(agent, week)
    weeks = np.maximum(since, 0) / 7.0
    lasting = 2.5 * (1.0 - np.exp(-weeks / 8.0))
    fading = 2.0 * (1.0 - np.exp(-weeks)) * np.exp(-weeks / 8.0)
    return np.where(since < 0, 0.0, np.where(measures.entries.is_arm_a[agent], lasting, fading))


def _satisfaction(
    measures: Measures, agent: Ints, week: Ints, responses: Ints, rng: np.random.Generator
) -> Floats:
    level = 3.9 + 0.02 * (measures.organisation.agents.quality_level[agent] - 72.0)
    level = level + 0.12 * (week > measures.attended[SERVICE_COURSE][agent])
    noise = rng.normal(0.0, 0.8, len(agent)) / np.sqrt(np.maximum(responses, 1))
    return np.asarray(np.round(np.clip(level + noise, 1.0, 5.0), 2), dtype=np.float64)


def _times(value: Floats | float, applies: Bools) -> Floats:
    """The value where it applies, else 0."""
    return np.where(applies, value, 0.0)
