"""The worlds that the benchmark simulates, as data: name, what is special, parameters."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipelines.simulation.config import SampleConfig
from pipelines.simulation.hazards import ExitHazards
from pipelines.simulation.oracle.measure_truth import WINDOWS
from pipelines.simulation.outcome_effects import (
    ClosingSite,
    HiddenTrait,
    Responses,
    StyleModel,
    Switching,
)

EXIT_OUTCOMES = ("voluntary_exit", "involuntary_exit", "any_exit")
ALL_OUTCOMES = (*EXIT_OUTCOMES, *WINDOWS)
SCALE_OUTCOMES = ("emotional_exhaustion", "cynicism", "compassion_satisfaction", "morale")


@dataclass(frozen=True)
class Scenario:
    """A kind of contact centre, to be simulated with many seeds.

    Attributes:
        name: what it is called in tables.
        about: what is special about it, in words.
        config: its parameters; the seed is to be replaced.
        beyond: outcomes whose truth the data can't give in this world. Intervals promise nothing
            about them; what counts is whether the checks warn.
    """

    name: str
    about: str
    config: SampleConfig
    beyond: tuple[str, ...] = ()

    def seeded(self, number: int) -> SampleConfig:
        """Its parameters with its own seed of that number: no two worlds share their luck."""
        position = [each.name for each in WORLDS].index(self.name)
        return replace(self.config, seed=_SEEDS_PER_WORLD * (position + 1) + number)


_SEEDS_PER_WORLD = 10_000
_ANSWERS = Responses(intercept=0.7, per_point=0.0, first_arm=0.3, per_earlier_point=-0.02)
_BASE = SampleConfig(n_agents=1200, responses=_ANSWERS)
_NULL = _BASE.without_arm_difference()


def _through_fatigue(hazards: ExitHazards, per_point: float) -> ExitHazards:
    """The same hazards with the whole difference in voluntary exits running through fatigue."""
    voluntary, *others = (replace(cause, arm_hazard_ratio=1.0) for cause in hazards.causes)
    return replace(hazards, causes=(replace(voluntary, relief=per_point), *others))


def _curved(hazards: ExitHazards, per_square: float) -> ExitHazards:
    """The same hazards with more of every kind of exit at both ends of quality."""
    curved = (replace(cause, quality_squared=per_square) for cause in hazards.causes)
    return replace(hazards, causes=tuple(curved))


def _few_on_one_side(n_coaches: int, n_first_kind: int, n_agents: int) -> SampleConfig:
    """No difference; so many of the coaches give the first kind alone, the others the second."""
    return replace(
        _NULL,
        n_agents=n_agents,
        agents_per_coach=n_agents / n_coaches,
        n_sites=1,
        one_style_coaches=n_first_kind,
    )


WORLDS = (
    Scenario(
        "confounded",
        "1,200 agents with 48 coaches; quality, trigger, tenure and site bear on both the kind of "
        "coaching and leaving; those who were exhausted before day 0 answer surveys less often",
        _BASE,
    ),
    Scenario("no difference", "the same, but the kind of coaching changes nothing", _NULL),
    Scenario(
        "weakly confounded",
        "as the first, with a third of the log-odds that draw people to a kind of coaching",
        replace(_BASE, confounding=0.33),
    ),
    Scenario(
        "strongly confounded",
        "as the first, with half as much again of these log-odds",
        replace(_BASE, confounding=1.5),
    ),
    Scenario(
        "30 coaches",
        "as the first, but the 1,200 agents have 30 coaches",
        replace(_BASE, agents_per_coach=40),
    ),
    Scenario(
        "10 coaches",
        "700 agents with 10 coaches",
        replace(_BASE, n_agents=700, agents_per_coach=70),
    ),
    Scenario(
        "10 coaches, no difference",
        "the same, but the kind of coaching changes nothing",
        replace(_NULL, n_agents=700, agents_per_coach=70),
    ),
    Scenario(
        "informative non-response",
        "as the first, but after day 0 people in the first arm answer surveys far more readily, "
        "and in both arms those who were exhausted before day 0 far less",
        replace(
            _BASE,
            responses=Responses(
                intercept=-0.3, per_point=0.0, first_arm=1.8, per_earlier_point=-0.06
            ),
        ),
    ),
    Scenario(
        "silent from exhaustion",
        "as the first, but whether people answer depends on how exhausted they are that very day, "
        "and on the kind of coaching: beyond any weight for the scales",
        replace(_BASE, responses=Responses(intercept=0.3, per_point=-0.04, first_arm=0.8)),
        beyond=SCALE_OUTCOMES,
    ),
    Scenario(
        "switching styles",
        "as the first, but from session to session the style may change for good, from the second "
        "to the first the sooner the better the quality, and leaving follows the style in force",
        replace(_BASE, switching=Switching(to_a=0.10, to_b=0.06, quality=0.4)),
    ),
    Scenario(
        "through fatigue",
        "as the first, but the whole difference in voluntary exits runs through exhaustion, which "
        "the first arm is spared more and more over 90 days",
        replace(_BASE, hazards=_through_fatigue(ExitHazards(), per_point=-0.09)),
    ),
    Scenario(
        "long-stayers collect",
        "the kind of coaching changes nothing, but every session has a chance of turning to the "
        "first kind, so whoever stays longer has had it sooner or later",
        replace(_NULL, switching=Switching(to_a=0.12, to_b=0.0)),
    ),
    Scenario(
        "unmeasured confounder",
        "the kind of coaching changes nothing; a trait that stands in no file draws people to the "
        "second kind, to leaving and to absence, before day 0 too",
        replace(_NULL, hidden=HiddenTrait(style=-0.8, exits=0.6, absence=0.35)),
        beyond=ALL_OUTCOMES,
    ),
    Scenario(
        "extremes of quality",
        "the kind of coaching changes nothing; both the best and the poorest of quality are "
        "coached in the second kind and leave more often: measured, but no straight line",
        replace(
            _NULL,
            style=StyleModel(quality=0.2, quality_squared=-1.2),
            hazards=_curved(_NULL.hazards, 0.5),
        ),
    ),
    Scenario(
        "noisy quality",
        "the kind of coaching changes nothing; the first kind is given to people who are good, of "
        "which the scores before day 0 are a poor reading",
        replace(_NULL, style=StyleModel(quality=0.0, trait=1.2), quality_noise_sd=18.0),
        beyond=("quality_score", "customer_satisfaction"),
    ),
    Scenario(
        "closing site",
        "the kind of coaching changes nothing; one site gives the second kind only, and is closing",
        replace(_NULL, n_sites=4, closing_site=ClosingSite(log_rate=1.0)),
    ),
    Scenario(
        "good coaches lean",
        "the kind of coaching changes nothing; coaches whose people stay are also the ones who "
        "lean to the first kind",
        replace(
            _NULL,
            hazards=replace(_NULL.hazards, coach_log_sd=0.45),
            coach_leaning_per_log_rate=-2.5,
        ),
        beyond=EXIT_OUTCOMES,
    ),
    Scenario(
        "3 of 30 coaches",
        "the kind of coaching changes nothing; 3 of 30 coaches give the first kind alone, the "
        "others the second alone",
        _few_on_one_side(30, 3, 1200),
    ),
    Scenario(
        "5 of 30 coaches",
        "the same with 5 of 30 coaches",
        _few_on_one_side(30, 5, 1200),
    ),
    Scenario(
        "3 of 12 coaches",
        "the same with 3 of 12 coaches and 600 agents",
        _few_on_one_side(12, 3, 600),
    ),
    Scenario(
        "coached before the data begin",
        "as the first, but most of those hired before the data begin were first coached before "
        "that, in one kind or the other, and it is that kind which shows in leaving",
        replace(_BASE, earlier_coaching=0.8),
        beyond=EXIT_OUTCOMES,
    ),
    Scenario(
        "the tired keep silent in one arm",
        "the kind of coaching changes nothing; with the first kind, whoever is exhausted keeps "
        "silent",
        replace(
            _NULL,
            responses=Responses(
                intercept=0.7, per_point=0.0, first_arm=0.0, first_arm_per_point=-0.06
            ),
        ),
        beyond=SCALE_OUTCOMES,
    ),
    Scenario(
        "lottery by person",
        "as the first, but a lottery drew who is coached how",
        replace(_BASE, lottery="by_person"),
    ),
    Scenario(
        "lottery by coach",
        "the kind of coaching changes nothing; a lottery drew which of the 48 coaches give the "
        "first kind",
        replace(_NULL, lottery="by_coach"),
    ),
    Scenario(
        "lottery of steps",
        "the kind of coaching changes nothing; a lottery drew on which of four dates each of the "
        "48 coaches goes over to the first kind, and whoever is first coached later leaves more",
        replace(_NULL, lottery="stepped", entry_trend=1.0),
    ),
    Scenario(
        "lottery by person, no difference",
        "the kind of coaching changes nothing; a lottery drew who is coached how",
        replace(_NULL, lottery="by_person"),
    ),
)


def scenario(name: str) -> Scenario:
    """The world of that name; raises KeyError where there is none."""
    return {each.name: each for each in WORLDS}[name]
