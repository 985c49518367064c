"""Weekly quality scores before coaching changes them: what assignment and hazards depend on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.simulation.arrays import Bools, Floats, Ints, weekday
from pipelines.simulation.config import SampleConfig
from pipelines.simulation.organisation import Agents

QUALITY_MEAN = 72.0
QUALITY_SD = 7.5
PRIOR_DAYS = 56

_NEWCOMER_DEFICIT = 5.0
_NEWCOMER_WEEKS = 6.0
_SHARE_MISSING = 0.03


@dataclass(frozen=True)
class WeeklyQuality:
    """Quality as it would be scored without any coaching.

    Attributes:
        weeks: day numbers of the Mondays whose whole week lies in the window.
        score: (agents, weeks), points from 0 to 100 with one decimal.
        is_scored: (agents, weeks), false where the week before hire or the score is missing.
    """

    weeks: Ints
    score: Floats
    is_scored: Bools

    def prior_mean(self, days: Ints) -> Floats:
        """Mean score of the weeks that start in the 56 days before each agent's day.

        NaN where there is no such week.
        """
        first = np.searchsorted(self.weeks, days - PRIOR_DAYS, side="left")
        last = np.searchsorted(self.weeks, days, side="left")
        total = _window_sum(np.where(self.is_scored, self.score, 0.0), first, last)
        count = _window_sum(self.is_scored.astype(np.float64), first, last)
        return np.where(count > 0, total / np.maximum(count, 1.0), np.nan)


def simulate_quality(config: SampleConfig, agents: Agents, planned_day_0: Ints) -> WeeklyQuality:
    """Score every week of every agent from the true level, a slow drift and noise.

    The last full week before ``planned_day_0`` is always scored, so that everybody who enters
    the comparison has a measured prior quality.
    """
    rng = config.stream("quality")
    first_monday = config.start_day + int((-weekday(np.array(config.start_day))) % 7)
    weeks = np.arange(first_monday, config.end_day - 5, 7, dtype=np.int64)
    weeks_since_hire = (weeks[None, :] - agents.hired_on[:, None]) / 7.0
    weeks_since_entry = (weeks[None, :] - agents.entered_on[:, None]) / 7.0
    true = (
        agents.quality_level[:, None]
        + agents.quality_slope[:, None] * weeks_since_entry
        - _NEWCOMER_DEFICIT * np.exp(-np.maximum(weeks_since_hire, 0.0) / _NEWCOMER_WEEKS)
    )
    noise = rng.normal(0.0, config.quality_noise_sd, true.shape)
    is_missing = rng.random(true.shape) < _SHARE_MISSING
    week_before = np.searchsorted(weeks, planned_day_0, side="left") - 1
    has_week = week_before >= 0
    is_missing[np.flatnonzero(has_week), week_before[has_week]] = False
    return WeeklyQuality(
        weeks=weeks,
        score=np.asarray(np.round(np.clip(true + noise, 0.0, 100.0), 1), dtype=np.float64),
        is_scored=(weeks_since_hire >= 0) & ~is_missing,
    )


def standardised(quality: Floats) -> Floats:
    """Quality in the units of the hazards: standard deviations from the usual mean."""
    return (quality - QUALITY_MEAN) / QUALITY_SD


def _window_sum(values: Floats, first: Ints, last: Ints) -> Floats:
    """Row sums over columns first <= column < last, each row with its own bounds."""
    running = np.pad(np.cumsum(values, axis=1), ((0, 0), (1, 0)))
    rows = np.arange(len(values))
    return np.asarray(running[rows, last] - running[rows, first], dtype=np.float64)
