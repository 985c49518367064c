"""When sessions would take place: a monthly grid around every planned day 0."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.simulation.arrays import Bools, Ints, to_weekday
from pipelines.simulation.config import SampleConfig

STREAM = "sessions"
"""The source of randomness that the schedule takes its first draws from."""

_DAYS_BETWEEN = 30
_JITTER_DAYS = 5
_SHARE_HELD_BEFORE, _SHARE_HELD_AFTER = 0.6, 0.93


@dataclass(frozen=True)
class Schedule:
    """Sessions as they would take place if everybody stayed; the one numbered 0 is on day 0.

    Attributes:
        numbers: (sessions,) from some before day 0 to the last that the window can hold.
        day: (people, sessions) day numbers, always weekdays.
        takes_place: (people, sessions).
    """

    numbers: Ints
    day: Ints
    takes_place: Bools


def plan_sessions(config: SampleConfig, planned_day_0: Ints, rng: np.random.Generator) -> Schedule:
    """Lay the grid; from a fresh `STREAM` the same schedule comes out every time."""
    numbers = np.arange(-9, (config.end_day - config.start_day) // _DAYS_BETWEEN + 1)
    shape = (len(planned_day_0), len(numbers))
    jitter = rng.integers(-_JITTER_DAYS, _JITTER_DAYS + 1, shape) * (numbers != 0)
    likelihood = np.where(numbers < 0, _SHARE_HELD_BEFORE, _SHARE_HELD_AFTER)
    return Schedule(
        numbers=numbers,
        day=to_weekday(planned_day_0[:, None] + numbers * _DAYS_BETWEEN + jitter),
        takes_place=(rng.random(shape) < likelihood) | (numbers == 0),
    )
