"""The stated exit hazards: what they depend on, how exits are drawn, what they imply exactly."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from pipelines.simulation.arrays import Bools, Floats, Ints

DAYS_PER_YEAR = 365.25
_FOREVER_DAYS = 100_000.0


@dataclass(frozen=True)
class CauseHazard:
    """One way of leaving: a yearly rate and what multiplies it.

    Attributes:
        name: the exit type as it is written to the attrition file.
        yearly_rate: exits per person-year of a reference person: average quality, no tenure,
            average strain, full time, no missed metric, second arm.
        quality: change of the log rate per standard deviation of prior quality.
        quality_squared: change of the log rate per unit of its square less one.
        tenure: change of the log rate per unit of log(1 + years of tenure).
        strain: change of the log rate per standard deviation of a person's strain, which is
            not measured itself; it shows in fatigue and absence.
        metric_miss: log rate ratio where a missed metric triggered the first session.
        not_full_time: log rate ratio of part-time and temporary staff.
        arm_hazard_ratio: rate ratio of the first arm against the second, from day 0 on.
        relief: change of the log rate per point of exhaustion that the first arm is spared: the
            part of the effect that runs through fatigue.
    """

    name: str
    yearly_rate: float
    quality: float = 0.0
    tenure: float = 0.0
    strain: float = 0.0
    metric_miss: float = 0.0
    not_full_time: float = 0.0
    arm_hazard_ratio: float = 1.0
    relief: float = 0.0
    quality_squared: float = 0.0


@dataclass(frozen=True)
class HazardCovariates:
    """What the hazards of each person depend on, one entry per person in every array.

    ``place`` is the summed log rate ratio of the person's site and coach (and hidden trait).
    """

    quality: Floats
    log_tenure: Floats
    strain: Floats
    is_metric_miss: Bools
    is_full_time: Bools
    place: Floats

    def subset(self, keep: Bools) -> HazardCovariates:
        """The covariates of the people to keep."""
        return HazardCovariates(*(getattr(self, field.name)[keep] for field in fields(self)))


@dataclass(frozen=True)
class ExitHazards:
    """Competing exponential hazards that share one step function of time since day 0.

    The rate of leaving for cause k, t days after day 0, is::

        yearly_rate_k / 365.25 * step(t) * exp(covariates * log rate ratios_k + place)
                                         * (arm_hazard_ratio_k in the first arm, else 1)

    Because the causes share ``step``, the cause of an exit doesn't depend on when it happens,
    and every incidence has a closed form. Before day 0 the same rates hold with no arm, no
    missed metric and a step of ``before_day_0``. An exit at time t is recorded on day
    ceil(t), so that the exits up to and including day d are exactly those with t <= d.

    Attributes:
        causes: voluntary, involuntary and other exits.
        step_starts_days: first day of each step; the first is 0.
        step_levels: the multiplier from each of those days on.
        before_day_0: the multiplier before day 0.
        site_log_sd: spread of the sites' log rate ratios, shared by all causes.
        coach_log_sd: spread of the coaches' log rate ratios (the clustering).
    """

    causes: tuple[CauseHazard, ...] = (
        CauseHazard(
            name="voluntary",
            yearly_rate=0.39,
            quality=-0.28,
            tenure=-0.20,
            strain=0.25,
            metric_miss=0.15,
            not_full_time=0.20,
            arm_hazard_ratio=0.65,
        ),
        CauseHazard(
            name="involuntary",
            yearly_rate=0.11,
            quality=-0.50,
            tenure=-0.20,
            strain=0.10,
            metric_miss=0.20,
            not_full_time=0.10,
            arm_hazard_ratio=0.85,
        ),
        CauseHazard(name="other", yearly_rate=0.03, strain=0.10),
    )
    step_starts_days: tuple[int, ...] = (0, 90, 180)
    step_levels: tuple[float, ...] = (1.2, 1.0, 0.9)
    before_day_0: float = 0.6
    site_log_sd: float = 0.12
    coach_log_sd: float = 0.18

    def daily_rates(self, covariates: HazardCovariates, is_arm_a: Bools | None) -> Floats:
        """Rates per day at a step of 1, shape (people, causes); no arm means before day 0."""
        columns = []
        for cause in self.causes:
            log_rate = (
                cause.quality * covariates.quality
                + cause.quality_squared * (covariates.quality**2 - 1.0)
                + cause.tenure * covariates.log_tenure
                + cause.strain * covariates.strain
                + cause.metric_miss * covariates.is_metric_miss
                + cause.not_full_time * ~covariates.is_full_time
                + covariates.place
            )
            if is_arm_a is not None:
                log_rate = log_rate + np.log(cause.arm_hazard_ratio) * is_arm_a
            columns.append(cause.yearly_rate / DAYS_PER_YEAR * np.exp(log_rate))
        return np.column_stack(columns)

    def cumulative_step(self, days: Floats) -> Floats:
        """The step function integrated from day 0 to each of ``days``."""
        knots, values = self._cumulative_knots()
        return np.asarray(np.interp(days, knots, values), dtype=np.float64)

    def draw_days(self, total_rates: Floats, rng: np.random.Generator) -> Ints:
        """Day of exit after day 0, at least 1, for each total daily rate."""
        knots, values = self._cumulative_knots()
        target = rng.standard_exponential(len(total_rates)) / total_rates
        return _exit_day(np.interp(target, values, knots))

    def draw_days_before(self, total_rates: Floats, rng: np.random.Generator) -> Ints:
        """Days from entry to an exit that happens before any day 0, at least 1."""
        waiting = rng.standard_exponential(len(total_rates)) / (total_rates * self.before_day_0)
        return _exit_day(waiting)

    def draw_causes(self, rates: Floats, rng: np.random.Generator) -> Ints:
        """Index into ``causes`` of each exit, by the causes' share of the total rate."""
        shares = np.cumsum(rates, axis=1) / rates.sum(axis=1, keepdims=True)
        draws = rng.random(len(rates))
        return np.asarray((draws[:, None] > shares[:, :-1]).sum(axis=1), dtype=np.int64)

    def mean_incidence(self, rates: Floats, last_day: int) -> Floats:
        """Exact cumulative incidence, averaged over people, shape (causes, last_day + 1)."""
        total = rates.sum(axis=1, keepdims=True)
        integral = self.cumulative_step(np.arange(last_day + 1, dtype=np.float64))
        left = -np.expm1(-total * integral)
        return np.asarray((rates / total).T @ left / len(rates), dtype=np.float64)

    def survival(self, rates: Floats, last_day: int) -> Floats:
        """Each person's probability of no exit by the end of every day, (people, last_day + 1)."""
        integral = self.cumulative_step(np.arange(last_day + 1, dtype=np.float64))
        left = np.exp(-rates.sum(axis=1, keepdims=True) * integral)
        return np.asarray(left, dtype=np.float64)

    def _cumulative_knots(self) -> tuple[Floats, Floats]:
        knots = np.append(np.asarray(self.step_starts_days, dtype=np.float64), _FOREVER_DAYS)
        values = np.append(0.0, np.cumsum(np.diff(knots) * np.asarray(self.step_levels)))
        return knots, values


def _exit_day(waiting_days: Floats) -> Ints:
    return np.maximum(np.ceil(np.minimum(waiting_days, _FOREVER_DAYS)), 1.0).astype(np.int64)
