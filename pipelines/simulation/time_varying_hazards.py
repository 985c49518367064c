"""Exits where the rates keep changing after day 0, day by day.

They do where the style in force switches at later sessions, and where part of the effect runs
through fatigue, whose relief grows with time. The style in force on day d is that of the last
session before d, so the session of day 0 rules from day 1 on. The rate of leaving on a day is that
of `ExitHazards`, with the arm's rate ratio where the first style is in force, times
exp(relief coefficient * points of relief by that day) there.
"""

from __future__ import annotations

import numpy as np

from pipelines.simulation.arrays import NEVER, Bools, Floats, Ints
from pipelines.simulation.config import SampleConfig
from pipelines.simulation.hazards import HazardCovariates
from pipelines.simulation.session_schedule import STREAM, Schedule, plan_sessions


def has_changing_rates(config: SampleConfig) -> bool:
    """Whether the closed form of constant rate ratios doesn't hold."""
    return config.switching is not None or any(cause.relief for cause in config.hazards.causes)


def later_schedule(config: SampleConfig, planned_day_0: Ints) -> Schedule:
    """The sessions from day 0 on, as `sessions_frame` will hold them."""
    schedule = plan_sessions(config, planned_day_0, config.stream(STREAM))
    from_day_0 = schedule.numbers >= 0
    return Schedule(
        schedule.numbers[from_day_0],
        schedule.day[:, from_day_0],
        schedule.takes_place[:, from_day_0],
    )


def styles_in_force(
    config: SampleConfig, schedule: Schedule, is_arm_a: Bools, quality: Floats
) -> Bools:
    """Whether the first style is in force after each session from day 0 on, (people, sessions)."""
    state = np.repeat(is_arm_a[:, None], len(schedule.numbers), axis=1)
    if config.switching is None:
        return state
    to_a, to_b = config.switching.probabilities(quality)
    chance = config.stream("switches").random(state.shape)
    for number in range(1, state.shape[1]):
        before = state[:, number - 1]
        switches = schedule.takes_place[:, number] & (
            chance[:, number] < np.where(before, to_b, to_a)
        )
        state[:, number] = before ^ switches
    return state


def draw_exits(
    config: SampleConfig, covariates: HazardCovariates, is_arm_a: Bools, planned_day_0: Ints
) -> tuple[Ints, Ints]:
    """Day of exit (`NEVER` if after the longest possible follow-up) and its cause."""
    rng = config.stream("exits")
    schedule = later_schedule(config, planned_day_0)
    states = styles_in_force(config, schedule, is_arm_a, covariates.quality)
    n_days = config.end_day - config.start_day + 1
    styles = _by_day(states, schedule.day - planned_day_0[:, None], n_days)
    rates = rates_by_day(config, covariates, styles)
    total = np.cumsum(rates.sum(axis=2), axis=1)
    target = rng.standard_exponential(len(total))
    leaves = total[:, -1] >= target
    position = np.argmax(total >= target[:, None], axis=1)
    cause = config.hazards.draw_causes(rates[np.arange(len(rates)), position], rng)
    return np.where(leaves, planned_day_0 + position + 1, NEVER), cause


def _by_day(states: Bools, since: Ints, n_days: int) -> Bools:
    """The style in force on days 1..n_days from the states after each session."""
    person, session = np.nonzero((since > 0) & (since < n_days))
    begins = np.zeros((len(states), n_days), dtype=np.int64)
    begins[person, since[person, session]] = 1
    return np.take_along_axis(states, np.cumsum(begins, axis=1), axis=1)


def rates_by_day(config: SampleConfig, covariates: HazardCovariates, styles: Bools) -> Floats:
    """Exit rates on days 1, 2, ... given the style in force on each: (people, days, causes)."""
    hazards = config.hazards
    n_people, n_days = styles.shape
    of_person = hazards.daily_rates(covariates, np.zeros(n_people, dtype=np.bool_))
    days = np.arange(n_days + 1, dtype=np.float64)
    step = np.diff(hazards.cumulative_step(days))
    relief = config.effects.relief(days[1:])
    of_causes = [
        step * np.where(styles, cause.arm_hazard_ratio * np.exp(cause.relief * relief), 1.0)
        for cause in hazards.causes
    ]
    return of_person[:, None, :] * np.stack(of_causes, axis=2)
