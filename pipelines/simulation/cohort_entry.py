"""Who enters the comparison, when, in which arm, and when they leave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.simulation.arrays import (
    NEVER,
    Bools,
    Floats,
    Ints,
    choose,
    day_number,
    sigmoid,
    to_weekday,
)
from pipelines.simulation.config import SampleConfig
from pipelines.simulation.hazards import HazardCovariates
from pipelines.simulation.organisation import Agents, Organisation, standardised_level
from pipelines.simulation.time_varying_hazards import draw_exits, has_changing_rates
from pipelines.simulation.weekly_quality import WeeklyQuality, standardised

TRIGGERS = ("metric_miss", "quality_review", "scheduled", "agent_request", "other")
METRIC_MISS = TRIGGERS.index("metric_miss")

_WAIT_DAYS = (28, 140)
_WAIT_DAYS_OF_THOSE_PRESENT = (28, 252)
_WAIT_DAYS_OF_THOSE_COACHED = 56
_TRIGGER_LOGITS = (-0.2, -0.1, 0.4, -1.0, -2.0)
_METRIC_MISS_PER_QUALITY = -0.5
_TRAINED_LOGIT = 0.5


@dataclass(frozen=True)
class Entries:
    """What happens to every agent, one entry per agent in every array.

    Attributes:
        planned_day_0: when the first labelled session would take place.
        has_entered: whether it did: the agent was still there, inside the window.
        is_arm_a: style of that session (false for those who haven't entered).
        trigger: its trigger, an index into `TRIGGERS`.
        propensity: the probability with which it was of the first arm, given the agent, the
            site and the coach.
        covariates: what the hazards from day 0 on depend on.
        exited_on: day of exit, `NEVER` if none in the window.
        exit_cause: index into the causes of the hazards.
    """

    planned_day_0: Ints
    has_entered: Bools
    is_arm_a: Bools
    trigger: Ints
    propensity: Floats
    covariates: HazardCovariates
    exited_on: Ints
    exit_cause: Ints


def plan_day_0(config: SampleConfig, agents: Agents) -> Ints:
    """Day of the first labelled session, if nothing comes between: a weekday.

    4 to 20 weeks after hire; those present at the start of the window wait up to 36 weeks,
    because labelling sessions is introduced step by step. Who was coached before the window
    doesn't wait: the next session comes within 8 weeks of its start.
    """
    rng = config.stream("day 0")
    is_present = agents.hired_on < config.start_day
    longest = np.where(is_present, _WAIT_DAYS_OF_THOSE_PRESENT[1], _WAIT_DAYS[1])
    longest = np.where(_was_coached_before(config, agents), _WAIT_DAYS_OF_THOSE_COACHED, longest)
    return to_weekday(agents.entered_on + rng.integers(_WAIT_DAYS[0] + 2, longest))


def _was_coached_before(config: SampleConfig, agents: Agents) -> Bools:
    """Whether somebody had a first session before the window, which shows in no file."""
    was_coached = config.stream("earlier coaching").random(len(agents)) < config.earlier_coaching
    return (agents.hired_on < config.start_day) & was_coached


def simulate_entries(
    config: SampleConfig, organisation: Organisation, quality: WeeklyQuality, planned: Ints
) -> Entries:
    """Draw exits before day 0, the first labelled session, and exits after it."""
    agents = organisation.agents
    early_exit, early_cause = _exits_before_day_0(config, organisation)
    has_entered = (early_exit > planned) & (planned <= config.end_day) & ~agents.is_never_labelled

    prior = standardised(quality.prior_mean(planned))
    covariates = _covariates_at_day_0(config, organisation, prior, planned)
    trigger = covariates.trigger
    if config.lottery is None:
        propensity = _propensity(config, organisation, covariates.hazard, planned)
        is_arm_a = config.stream("style").random(len(agents)) < propensity
    else:
        propensity = np.full(len(agents), 0.5)
        is_arm_a = _as_drawn(config, organisation, planned)

    in_force = _style_in_force(config, agents, propensity, is_arm_a)
    later_exit, later_cause = _exits_after_day_0(config, covariates.hazard, in_force, planned)
    exited_on = np.where(has_entered, later_exit, early_exit)
    return Entries(
        planned_day_0=planned,
        has_entered=has_entered,
        is_arm_a=is_arm_a & has_entered,
        trigger=trigger,
        propensity=propensity,
        covariates=covariates.hazard,
        exited_on=np.where(exited_on > config.end_day, NEVER, exited_on),
        exit_cause=np.where(has_entered, later_cause, early_cause),
    )


def _style_in_force(
    config: SampleConfig, agents: Agents, propensity: Floats, is_arm_a: Bools
) -> Bools:
    """Whether exits follow the first style: that of a session before the window, if there was."""
    if not config.earlier_coaching:
        return is_arm_a
    earlier = config.stream("earlier style").random(len(agents)) < propensity
    return np.where(_was_coached_before(config, agents), earlier, is_arm_a)


def draw_triggers(rng: np.random.Generator, quality: Floats, strength: float) -> Ints:
    """One trigger per session; a missed metric is likelier where quality is low."""
    logits = np.tile(np.asarray(_TRIGGER_LOGITS), (len(quality), 1))
    logits[:, METRIC_MISS] += strength * _METRIC_MISS_PER_QUALITY * quality
    weights = np.exp(logits)
    return choose(rng, weights / weights.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class _AtDay0:
    trigger: Ints
    hazard: HazardCovariates


def _covariates_at_day_0(
    config: SampleConfig, organisation: Organisation, prior: Floats, planned: Ints
) -> _AtDay0:
    """Covariates as of day 0; people without a measured quality never enter and count as 0."""
    agents = organisation.agents
    measured = np.nan_to_num(prior, nan=0.0)
    trigger = draw_triggers(config.stream("trigger"), measured, strength=1.0)
    return _AtDay0(
        trigger=trigger,
        hazard=HazardCovariates(
            quality=measured,
            log_tenure=agents.log_tenure_on(planned),
            strain=agents.strain,
            is_metric_miss=trigger == METRIC_MISS,
            is_full_time=agents.contract_on(planned) == 0,
            place=_place(config, organisation)
            + config.entry_trend
            * (planned - config.start_day)
            / (config.end_day - config.start_day),
        ),
    )


def _as_drawn(config: SampleConfig, organisation: Organisation, days: Ints) -> Bools:
    """Tell who is coached in the first style from these days on, as a lottery drew it."""
    agents = organisation.agents
    rng = config.stream("lottery")
    if config.lottery == "by_person":
        return np.asarray(rng.permutation(len(agents)) < len(agents) // 2)
    n_coaches = len(organisation.coaches.site)
    order = rng.permutation(n_coaches)
    if config.lottery == "by_coach":
        return np.asarray((order < n_coaches // 2)[agents.coach])
    steps = np.array([day_number(each) for each in config.steps])
    return np.asarray(days >= steps[order % len(steps)][agents.coach])


def _place(config: SampleConfig, organisation: Organisation) -> Floats:
    """Log rate ratio of exits that comes with site, coach and the hidden trait."""
    return np.asarray(organisation.place + config.hidden.exits * organisation.agents.hidden)


def _propensity(
    config: SampleConfig, organisation: Organisation, covariates: HazardCovariates, days: Ints
) -> Floats:
    agents, coaches = organisation.agents, organisation.coaches
    of_agent = config.style.logit(
        covariates.quality,
        standardised_level(agents.quality_level),
        covariates.is_metric_miss,
        covariates.log_tenure,
    )
    return sigmoid(
        config.confounding * of_agent
        + organisation.site_leaning[agents.site]
        + coaches.leaning[agents.coach]
        + config.hidden.style * agents.hidden
        + _TRAINED_LOGIT * (days > coaches.trained_on[agents.coach])
    )


def _exits_before_day_0(config: SampleConfig, organisation: Organisation) -> tuple[Ints, Ints]:
    """Exit day and cause of everybody, were there never a labelled session."""
    agents = organisation.agents
    rng = config.stream("early exits")
    covariates = HazardCovariates(
        quality=standardised(agents.quality_level),
        log_tenure=agents.log_tenure_on(agents.entered_on),
        strain=agents.strain,
        is_metric_miss=np.zeros(len(agents), dtype=np.bool_),
        is_full_time=agents.first_contract == 0,
        place=_place(config, organisation),
    )
    rates = config.hazards.daily_rates(covariates, is_arm_a=None)
    waiting = config.hazards.draw_days_before(rates.sum(axis=1), rng)
    return agents.entered_on + waiting, config.hazards.draw_causes(rates, rng)


def _exits_after_day_0(
    config: SampleConfig, covariates: HazardCovariates, is_arm_a: Bools, day_0: Ints
) -> tuple[Ints, Ints]:
    if has_changing_rates(config):
        return draw_exits(config, covariates, is_arm_a, day_0)
    rng = config.stream("exits")
    rates = config.hazards.daily_rates(covariates, is_arm_a)
    return (
        day_0 + config.hazards.draw_days(rates.sum(axis=1), rng),
        config.hazards.draw_causes(rates, rng),
    )
