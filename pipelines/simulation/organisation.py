"""Who works there: sites, coaches with their leanings, agents with their traits and contracts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.simulation.arrays import NEVER, Bools, Floats, Ints
from pipelines.simulation.config import SampleConfig
from pipelines.simulation.hazards import DAYS_PER_YEAR

SITE_NAMES = ("Aster", "Birch", "Cedar", "Dahlia", "Elm", "Fern", "Gorse", "Hazel")
EMPLOYMENT_TYPES = ("full_time", "part_time", "temporary")

_MEAN_LEVEL = 72.0
_LEVEL_SD = 7.0
_SHARE_PRESENT_AT_START = 0.83
_MEAN_TENURE_AT_START_DAYS = 900.0
_SHARE_NEVER_LABELLED = 0.03
_SHARE_CHANGING_TO_FULL_TIME = 0.3
_SITE_LEANING_PER_LOG_RATE = -1.5
_CERTAIN_LOGIT = 40.0


@dataclass(frozen=True)
class Coaches:
    """One entry per coach.

    ``leaning`` is the coach's own log-odds of using the first arm; ``log_rate`` the log rate
    ratio of exits among the coach's agents; ``trained_on`` the day of the course in coaching
    with compassion (`NEVER` where not in the window).
    """

    site: Ints
    leaning: Floats
    log_rate: Floats
    hired_on: Ints
    trained_on: Ints
    strain: Floats


@dataclass(frozen=True)
class Agents:
    """One entry per agent ever employed in the window.

    ``quality_level`` and ``quality_slope`` (points per week) make up the true quality,
    ``strain`` and ``difficulty`` are standardised traits behind fatigue, absence and hard
    contacts; ``hidden`` is one that shows in no file. ``first_contract`` indexes
    `EMPLOYMENT_TYPES`; from ``full_time_from`` on the person works full time.
    """

    coach: Ints
    site: Ints
    hired_on: Ints
    entered_on: Ints
    first_contract: Ints
    part_hours: Ints
    full_time_from: Ints
    quality_level: Floats
    quality_slope: Floats
    strain: Floats
    difficulty: Floats
    hidden: Floats
    is_never_labelled: Bools

    def __len__(self) -> int:
        return len(self.coach)

    def contract_on(self, days: Ints) -> Ints:
        """Index of the employment type that holds on each person's day."""
        return np.where(days >= self.full_time_from, 0, self.first_contract)

    def hours_on(self, days: Ints) -> Ints:
        """Weekly hours that hold on each person's day."""
        return np.where(self.contract_on(days) == 1, self.part_hours, 40)

    def log_tenure_on(self, days: Ints) -> Floats:
        """log(1 + years since hire) on each person's day."""
        years = np.maximum(days - self.hired_on, 0) / DAYS_PER_YEAR
        return np.asarray(np.log1p(years), dtype=np.float64)


@dataclass(frozen=True)
class Organisation:
    """Sites, coaches and agents; ``site_log_rate`` holds the sites' log rate ratios of exits."""

    site_log_rate: Floats
    site_leaning: Floats
    coaches: Coaches
    agents: Agents

    @property
    def n_sites(self) -> int:
        """Number of sites that have at least one coach."""
        return len(self.site_log_rate)

    @property
    def place(self) -> Floats:
        """Log rate ratio of each agent's site and coach together."""
        agents = self.agents
        return np.asarray(self.site_log_rate[agents.site] + self.coaches.log_rate[agents.coach])


def build_organisation(config: SampleConfig) -> Organisation:
    """Draw the people and places of a contact centre."""
    rng = config.stream("organisation")
    n_coaches = max(4, round(config.n_agents / config.agents_per_coach))
    n_sites = config.n_sites or min(len(SITE_NAMES), max(2, n_coaches // 3))
    site_log_rate = rng.normal(0.0, config.hazards.site_log_sd, n_sites)
    site_leaning = _SITE_LEANING_PER_LOG_RATE * config.confounding * site_log_rate
    if config.closing_site is not None:
        site_log_rate[-1] += config.closing_site.log_rate
        site_leaning[-1] = -_CERTAIN_LOGIT
    coaches = _draw_coaches(config, rng, n_coaches, n_sites)
    return Organisation(
        site_log_rate=site_log_rate,
        site_leaning=site_leaning,
        coaches=coaches,
        agents=_draw_agents(config, rng, coaches),
    )


def _draw_coaches(
    config: SampleConfig, rng: np.random.Generator, n_coaches: int, n_sites: int
) -> Coaches:
    """Coaches in every site, larger sites first, trained in waves over the window."""
    extra = rng.choice(n_sites, n_coaches - n_sites, p=_site_shares(n_sites))
    window = config.end_day - config.start_day
    trained_on = config.start_day + rng.integers(window // 6, 2 * window, n_coaches)
    leaning = rng.normal(0.0, config.coach_leaning_sd, n_coaches)
    log_rate = rng.normal(0.0, config.hazards.coach_log_sd, n_coaches)
    leaning += config.coach_leaning_per_log_rate * log_rate
    if config.one_style_coaches is not None:
        drawn = config.stream("one style").permutation(n_coaches) < config.one_style_coaches
        leaning = np.where(drawn, _CERTAIN_LOGIT, -_CERTAIN_LOGIT)
    return Coaches(
        site=np.sort(np.concatenate([np.arange(n_sites), extra])),
        leaning=leaning,
        log_rate=log_rate,
        hired_on=config.start_day - rng.integers(400, 4000, n_coaches),
        trained_on=np.where(trained_on > config.end_day, NEVER, trained_on),
        strain=rng.normal(0.0, 1.0, n_coaches),
    )


def _site_shares(n_sites: int) -> Floats:
    weights = np.linspace(1.5, 0.75, n_sites)
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def _draw_agents(config: SampleConfig, rng: np.random.Generator, coaches: Coaches) -> Agents:
    """Agents with staggered hires: some long before the window, the rest all through it."""
    n = config.n_agents
    coach = rng.integers(0, len(coaches.site), n)
    is_present = rng.random(n) < _SHARE_PRESENT_AT_START
    tenure = 1 + np.minimum(rng.exponential(_MEAN_TENURE_AT_START_DAYS, n), 6000.0)
    hired_in_window = rng.integers(config.start_day, config.end_day - 13, n)
    hired_on = np.where(is_present, config.start_day - tenure.astype(np.int64), hired_in_window)
    first_contract = rng.choice(3, n, p=(0.72, 0.18, 0.10))
    changes = (first_contract > 0) & (rng.random(n) < _SHARE_CHANGING_TO_FULL_TIME)
    entered_on = np.maximum(hired_on, config.start_day)
    change_on = entered_on + rng.integers(30, 500, n)
    return Agents(
        coach=coach,
        site=coaches.site[coach],
        hired_on=hired_on,
        entered_on=entered_on,
        first_contract=first_contract,
        part_hours=rng.choice(np.array([20, 25, 30]), n),
        full_time_from=np.where(changes & (change_on <= config.end_day), change_on, NEVER),
        quality_level=rng.normal(_MEAN_LEVEL, _LEVEL_SD, n),
        quality_slope=rng.normal(0.0, 0.03, n),
        strain=rng.normal(0.0, 1.0, n),
        difficulty=rng.normal(0.0, 1.0, n),
        hidden=config.stream("hidden").normal(0.0, 1.0, n),
        is_never_labelled=rng.random(n) < _SHARE_NEVER_LABELLED,
    )


def standardised_level(quality_level: Floats) -> Floats:
    """The true level behind quality scores in standard deviations from its mean."""
    return (quality_level - _MEAN_LEVEL) / _LEVEL_SD
