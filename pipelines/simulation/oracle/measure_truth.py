"""The true answers about what is measured after day 0: scales, absence, quality, satisfaction.

Each is a mean over those whose window was over by the end of data, with their own traits, under
each arm; draws don't enter. How a person who leaves counts is said with each outcome.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import special

from pipelines.contracts.tables import outcome_windows
from pipelines.simulation.arrays import Bools, Floats, Ints, weekday
from pipelines.simulation.hr_exports import FATIGUE_COURSE, planned_courses
from pipelines.simulation.measures import (
    MISSED_OF_UNPLANNED,
    Measures,
    scheduled_hours,
    unplanned_share,
)
from pipelines.simulation.oracle.exact_incidence import Outlook
from pipelines.simulation.surveys import COURSE_RELIEF, SCALES, agent_strain, invitation_days

WINDOWS = outcome_windows()
"""First and last day after day 0 of each outcome."""
WEEK_DAYS = 7

_SCHEMA = {
    "outcome": pl.String,
    "horizon_days": pl.Int64,
    "estimand": pl.String,
    "value": pl.Float64,
}
MEASURE_DEFINITIONS = {
    "scales": "difference of the means of the first survey in the window, had everybody stayed "
    "and answered",
    "unplanned_absence": "expected hours missed over expected hours scheduled while still "
    "employed: as a difference of rates and as a ratio",
    "quality_score": "difference of the means of each person's mean over the whole weeks in the "
    "window up to their exit, among those with at least one",
    "customer_satisfaction": "no difference: nothing in the simulation changes it by arm",
}


def measure_answers(measures: Measures, ahead: tuple[Outlook, Outlook]) -> pl.DataFrame:
    """One row per ``outcome`` and ``estimand`` with ``horizon_days`` and the true ``value``.

    ``ahead`` is what `both_outlooks` gives for the same entries. No row where the window of nobody
    who entered was over by the end of data.
    """
    if not _cohort(measures, "morale").of_entrants.any():
        return pl.DataFrame(schema=_SCHEMA)
    rows = [
        *_scales(measures),
        *_absence(measures, ahead),
        ("quality_score", "mean_difference", _quality(measures, ahead)),
        ("customer_satisfaction", "mean_difference", 0.0),
    ]
    return pl.DataFrame(
        [(outcome, WINDOWS[outcome][1], estimand, value) for outcome, estimand, value in rows],
        schema=_SCHEMA,
        orient="row",
    )


@dataclass(frozen=True)
class _Cohort:
    """The people whose window was over by the end of data: position and day 0 of each."""

    of_entrants: Bools
    """(entrants,) which of those who entered they are."""
    index: Ints
    day_0: Ints
    last_day: int
    """Last day of the window after day 0."""


def _cohort(measures: Measures, outcome: str) -> _Cohort:
    entries, last_day = measures.entries, WINDOWS[outcome][1]
    is_over = entries.planned_day_0 + last_day <= measures.config.end_day
    keep = entries.has_entered & is_over
    of_entrants = is_over[entries.has_entered]
    return _Cohort(of_entrants, np.flatnonzero(keep), entries.planned_day_0[keep], last_day)


def _scales(measures: Measures) -> list[tuple[str, str, float]]:
    """True differences of every scale that is an outcome."""
    cohort = _cohort(measures, "morale")
    first, last = WINDOWS["morale"]
    since = invitation_days(measures)[cohort.index] - cohort.day_0[:, None]
    is_inside = (since >= first) & (since <= last)
    asked = is_inside.any(axis=1)
    since_first = since[np.arange(len(since)), np.argmax(is_inside, axis=1)][asked]
    strain = agent_strain(measures)[cohort.index][asked]
    course = planned_courses(measures.config, measures.organisation)[FATIGUE_COURSE]
    is_taught = since_first + cohort.day_0[asked] > course[cohort.index][asked]
    taught = COURSE_RELIEF * is_taught
    relief = measures.config.effects.relief(since_first)
    rows = []
    for name in SCALES.keys() & WINDOWS.keys():
        scale = SCALES[name]
        mean_a, mean_b = (
            _mean_cut_off(scale.mean(strain, spared), scale.noise_sd, scale.low, scale.high).mean()
            for spared in (relief + taught, taught)
        )
        rows.append((name, "mean_difference", float(mean_a - mean_b)))
    return sorted(rows)


def _mean_cut_off(mean: Floats, sd: float, low: float, high: float) -> Floats:
    """Mean of a normal variable whose values beyond a limit are set to the limit."""
    below, above = (low - mean) / sd, (high - mean) / sd
    inside = special.ndtr(above) - special.ndtr(below)
    density = (np.exp(-(below**2) / 2) - np.exp(-(above**2) / 2)) / np.sqrt(2 * np.pi)
    ends = low * special.ndtr(below) + high * special.ndtr(-above)
    return np.asarray(ends + mean * inside + sd * density, dtype=np.float64)


def _absence(measures: Measures, ahead: tuple[Outlook, Outlook]) -> list[tuple[str, str, float]]:
    """True difference and ratio of the rates of unplanned absence."""
    cohort = _cohort(measures, "unplanned_absence")
    agent = cohort.index[:, None]
    day = cohort.day_0[:, None] + np.arange(1, cohort.last_day + 1)
    course = planned_courses(measures.config, measures.organisation)[FATIGUE_COURSE]
    hours = scheduled_hours(measures, agent, day)
    rates = []
    for is_arm_a, outlook in zip((True, False), ahead, strict=True):
        share = unplanned_share(
            measures,
            agent,
            is_relieved=np.full(day.shape, is_arm_a),
            is_taught=day > course[agent],
        )
        expected = hours * outlook.survival[cohort.of_entrants, : cohort.last_day]
        rates.append(float(MISSED_OF_UNPLANNED * (expected * share).sum() / expected.sum()))
    return [
        ("unplanned_absence", "mean_difference", rates[0] - rates[1]),
        ("unplanned_absence", "rate_ratio", rates[0] / rates[1]),
    ]


def _quality(measures: Measures, ahead: tuple[Outlook, Outlook]) -> float:
    """True difference of the mean quality score over whole weeks up to the exit."""
    cohort = _cohort(measures, "quality_score")
    until_monday = WEEK_DAYS - weekday(cohort.day_0)
    n_weeks = (cohort.last_day - until_monday) // WEEK_DAYS
    number = np.arange(int(n_weeks.max()))
    begins = until_monday[:, None] + WEEK_DAYS * number
    fits = number < n_weeks[:, None]
    means = []
    for is_arm_a, outlook in zip((True, False), ahead, strict=True):
        survival = outlook.survival[cohort.of_entrants]
        # A week that begins on day d is whole if nobody left by day d + 5: the exit day counts.
        is_there = np.take_along_axis(survival, begins + WEEK_DAYS - 2, axis=1) * fits
        ends_here = is_there - np.append(is_there[:, 1:], np.zeros((len(begins), 1)), axis=1)
        gain = measures.config.effects.quality_gain(begins, np.full(begins.shape, is_arm_a))
        so_far = np.cumsum(gain, axis=1) / (number + 1)
        means.append(float((ends_here * so_far).sum() / ends_here.sum()))
    return means[0] - means[1]
