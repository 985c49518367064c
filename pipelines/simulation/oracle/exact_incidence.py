"""What the hazards imply for everybody who entered, under either style: exact, nothing drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipelines.simulation.arrays import Floats
from pipelines.simulation.cohort_entry import Entries
from pipelines.simulation.config import SampleConfig
from pipelines.simulation.hazards import HazardCovariates
from pipelines.simulation.time_varying_hazards import (
    has_changing_rates,
    later_schedule,
    rates_by_day,
)


@dataclass(frozen=True)
class Outlook:
    """What is ahead of the people who entered if everybody starts in one style.

    Attributes:
        incidence: (causes, days + 1) cumulative incidence, averaged over people.
        survival: (people, days + 1) each person's probability of still being there.
    """

    incidence: Floats
    survival: Floats


def both_outlooks(
    config: SampleConfig, entries: Entries, *, may_switch: bool = True
) -> tuple[Outlook, Outlook]:
    """The outlook if all start in the first style, and if all start in the second.

    Up to a year or the largest horizon, whichever is later. Whether and when sessions take place
    is part of who people are, like their other traits; what happens at them (a switch, or none) is
    averaged over. Without ``may_switch`` everybody stays in the style they start in.
    """
    kind = config if may_switch else replace(config, switching=None)
    last_day = max(365, *config.horizon_days)
    ahead = [_outlook(kind, entries, last_day, starts_in_a=is_a) for is_a in (True, False)]
    return ahead[0], ahead[1]


def _outlook(
    config: SampleConfig, entries: Entries, last_day: int, *, starts_in_a: bool
) -> Outlook:
    cohort = entries.covariates.subset(entries.has_entered)
    if has_changing_rates(config):
        return _day_by_day(config, entries, cohort, last_day, starts_in_a=starts_in_a)
    rates = config.hazards.daily_rates(cohort, np.full(len(cohort.quality), starts_in_a))
    return Outlook(
        config.hazards.mean_incidence(rates, last_day), config.hazards.survival(rates, last_day)
    )


def _day_by_day(
    config: SampleConfig,
    entries: Entries,
    cohort: HazardCovariates,
    last_day: int,
    *,
    starts_in_a: bool,
) -> Outlook:
    """Carry the probabilities of being there in either style from each day to the next."""
    n_people = len(cohort.quality)
    rates = [
        np.ascontiguousarray(
            np.swapaxes(rates_by_day(config, cohort, np.full((n_people, last_day), is_a)), 0, 1)
        )
        for is_a in (True, False)
    ]
    totals = [of_style.sum(axis=2) for of_style in rates]
    there = [np.full(n_people, float(starts_in_a)), np.full(n_people, float(not starts_in_a))]
    incidence = np.zeros((len(config.hazards.causes), last_day + 1))
    survival = np.ones((last_day + 1, n_people))
    to_a, to_b = _moves_by_day(config, entries, cohort, last_day)
    for day in range(1, last_day + 1):
        gone = np.zeros(len(incidence))
        for style in (0, 1):
            total = totals[style][day - 1]
            leaving = there[style] * -np.expm1(-total)
            gone += (leaving / total) @ rates[style][day - 1] / n_people
            there[style] = there[style] - leaving
        incidence[:, day] = incidence[:, day - 1] + gone
        survival[day] = there[0] + there[1]
        flow = there[1] * to_a[day] - there[0] * to_b[day]
        there = [there[0] + flow, there[1] - flow]
    return Outlook(incidence, np.ascontiguousarray(survival.T))


def _moves_by_day(
    config: SampleConfig, entries: Entries, cohort: HazardCovariates, last_day: int
) -> tuple[Floats, Floats]:
    """Probability of moving to the first and to the second style, (days 0..last_day, people)."""
    held = np.zeros((last_day + 1, len(cohort.quality)))
    if config.switching is None:
        return held, held
    schedule = later_schedule(config, entries.planned_day_0)
    since = (schedule.day - entries.planned_day_0[:, None])[entries.has_entered]
    is_later = (schedule.numbers > 0) & (since <= last_day)
    person, session = np.nonzero(schedule.takes_place[entries.has_entered] & is_later)
    held[since[person, session], person] = 1.0
    to_a, to_b = config.switching.probabilities(cohort.quality)
    return held * to_a, held * to_b
