"""The quarterly fatigue survey: who is asked, who answers, and what they say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.simulation.arrays import (
    Bools,
    Floats,
    Ints,
    date_series,
    numbered,
    sigmoid,
    with_nulls,
)
from pipelines.simulation.employee_ids import agent_ids, coach_ids
from pipelines.simulation.hr_exports import FATIGUE_COURSE
from pipelines.simulation.measures import Measures, times

COURSE_RELIEF = 4.0
"""Points of exhaustion that the course on compassion fatigue spares those who took it."""

_COACH_COURSE_RELIEF = 3.0
_EVERY_DAYS = 91
_FIRST_AFTER_DAYS = 20
_OPEN_DAYS = 14
_MIN_TENURE_DAYS = 28
_PER_DIFFICULTY = 0.25
_USUAL_EXHAUSTION = 46.0
_SHARE_OF_GAPS = 0.01
_EARLIER_DAYS = 365


@dataclass(frozen=True)
class Scale:
    """One scale: its level, what strain and relief change, its noise and its range."""

    level: float
    per_strain: float
    per_relief: float
    noise_sd: float
    low: float = 0.0
    high: float = 100.0
    digits: int = 1

    def mean(self, strain: Floats, relief: Floats) -> Floats:
        """Expected score before it is cut off at the ends of the range."""
        return self.level + self.per_strain * strain + self.per_relief * relief


SCALES = {
    "emotional_exhaustion": Scale(_USUAL_EXHAUSTION, 12.0, -1.0, 9.0),
    "cynicism": Scale(40.0, 9.0, -0.8, 10.0),
    "irritability": Scale(38.0, 9.0, 0.0, 12.0),
    "difficulty_concentrating": Scale(36.0, 8.0, 0.0, 12.0),
    "detachment": Scale(34.0, 8.0, -0.4, 12.0),
    "compassion_satisfaction": Scale(62.0, -6.0, 0.5, 11.0),
    "morale": Scale(6.2, -0.8, 0.08, 1.2, high=10.0, digits=0),
    "stress": Scale(3.6, 0.5, -0.03, 0.7, low=1.0, high=5.0, digits=0),
}
_DECIDING = ("emotional_exhaustion", "cynicism")  # drawn before it is known who answers


def surveys_frame(measures: Measures) -> pl.DataFrame:
    """The landing frame ``fatigue_surveys``: quarterly; the tired answer less often.

    Exhaustion and cynicism are lower after day 0 in the first arm and after the course on
    compassion fatigue. Coaches are asked too.
    """
    config, organisation = measures.config, measures.organisation
    rng = config.stream("surveys")
    agent, day = _invitations(measures, rng)
    since = measures.days_since_day_0(agent, day)
    is_arm_a = measures.entries.is_arm_a[agent] & (since > 0)
    is_taught = day > measures.attended[FATIGUE_COURSE][agent]
    relief = times(config.effects.relief(since), is_arm_a) + times(COURSE_RELIEF, is_taught)
    asked = _Invited(agent_ids(agent), day, agent_strain(measures)[agent], relief, is_arm_a)
    of_agents = _answers(measures, rng, asked, agent, since)

    coach, coach_day = _coach_invitations(measures, rng)
    is_trained = coach_day > organisation.coaches.trained_on[coach]
    asked = _Invited(
        coach_ids(coach),
        coach_day,
        organisation.coaches.strain[coach],
        times(_COACH_COURSE_RELIEF, is_trained),
        is_trained,
    )
    of_coaches = _answers(measures, rng, asked)
    frame = pl.concat([of_agents, of_coaches]).sort("submitted_on", "employee_id")
    return frame.select(
        response_id=numbered("Q", np.arange(1, len(frame) + 1), 7),
        **{name: pl.col(name) for name in frame.columns},
    )


def agent_strain(measures: Measures) -> Floats:
    """What strains each agent: the trait, and a little of how hard the contacts are."""
    agents = measures.organisation.agents
    return np.asarray(agents.strain + _PER_DIFFICULTY * agents.difficulty, dtype=np.float64)


def invitation_days(measures: Measures) -> Ints:
    """Day on which each agent would answer each wave, (agents, waves), were they there."""
    return _days_of_waves(measures, measures.config.stream("surveys"))


@dataclass(frozen=True)
class _Invited:
    """Everybody who is asked, one entry per person and wave."""

    ids: pl.Series
    day: Ints
    strain: Floats
    relief: Floats
    is_willing: Bools


def _waves(measures: Measures) -> Ints:
    config = measures.config
    first = config.start_day + _FIRST_AFTER_DAYS
    return np.arange(first, config.end_day - _OPEN_DAYS, _EVERY_DAYS, dtype=np.int64)


def _days_of_waves(measures: Measures, rng: np.random.Generator) -> Ints:
    waves = _waves(measures)
    shape = (len(measures.organisation.agents), len(waves))
    return np.asarray(waves + rng.integers(0, _OPEN_DAYS, shape), dtype=np.int64)


def _invitations(measures: Measures, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Agent and day of every answer that could be given: employed for four weeks, still there."""
    agents = measures.organisation.agents
    day = _days_of_waves(measures, rng)
    is_asked = (day >= agents.hired_on[:, None] + _MIN_TENURE_DAYS) & (
        day < measures.last_day[:, None]
    )
    agent, wave = np.nonzero(is_asked)
    return agent.astype(np.int64), day[agent, wave]


def _coach_invitations(measures: Measures, rng: np.random.Generator) -> tuple[Ints, Ints]:
    waves = _waves(measures)
    n_coaches = len(measures.organisation.coaches.site)
    coach = np.repeat(np.arange(n_coaches), len(waves))
    return coach, np.tile(waves, n_coaches) + rng.integers(0, _OPEN_DAYS, len(coach))


def _answers(
    measures: Measures,
    rng: np.random.Generator,
    asked: _Invited,
    agent: Ints | None = None,
    since: Ints | None = None,
) -> pl.DataFrame:
    """Scores of those who answer; each scale has a few gaps of its own.

    `agent` and `since` (days after day 0) are given for agents.
    """
    n = len(asked.day)
    drawn = {name: _draw(SCALES[name], asked, rng) for name in _DECIDING}
    exhaustion = drawn["emotional_exhaustion"]
    responses = measures.config.responses
    chance = rng.random(n)
    logit = (
        responses.intercept
        + responses.per_point * (exhaustion - _USUAL_EXHAUSTION)
        + responses.first_arm * asked.is_willing
        + responses.first_arm_per_point * (exhaustion - _USUAL_EXHAUSTION) * asked.is_willing
    )
    answers = chance < sigmoid(logit)
    if agent is not None and since is not None and responses.per_earlier_point:
        earlier = _earlier_exhaustion(agent, since, exhaustion, answers)
        logit = logit + responses.per_earlier_point * (earlier - _USUAL_EXHAUSTION)
        answers = chance < sigmoid(logit)

    scores = {}
    for name, scale in SCALES.items():
        values = drawn[name] if name in drawn else _draw(scale, asked, rng)
        rounded = pl.Series(np.round(np.clip(values, scale.low, scale.high), scale.digits))
        scores[name] = with_nulls(rounded, rng.random(n) < _SHARE_OF_GAPS)
    frame = pl.DataFrame(
        {
            "employee_id": asked.ids,
            "submitted_on": date_series(asked.day),
            "instrument": pl.Series(["scores_0_100"]).gather(np.zeros(n, dtype=np.int64)),
            **scores,
        }
    )
    return frame.filter(pl.Series(answers)).with_columns(pl.col("morale", "stress").cast(pl.Int64))


def _draw(scale: Scale, asked: _Invited, rng: np.random.Generator) -> Floats:
    noise = rng.normal(0.0, scale.noise_sd, len(asked.day))
    return scale.mean(asked.strain, asked.relief) + noise


def _earlier_exhaustion(agent: Ints, since: Ints, exhaustion: Floats, answers: Bools) -> Floats:
    """Of each row after day 0, what its agent last recorded in the year before day 0.

    The usual value where nothing was recorded, and in rows before day 0. Rows are in order of
    agent and day.
    """
    is_earlier = answers & (since < 0) & (since >= -_EARLIER_DAYS)
    last = np.full(int(agent.max(initial=-1)) + 1, _USUAL_EXHAUSTION)
    last[agent[is_earlier]] = np.clip(exhaustion[is_earlier], 0.0, 100.0)
    return np.where(since > 0, last[agent], _USUAL_EXHAUSTION)
