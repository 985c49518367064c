"""The worlds that the benchmark simulates, as data: name, what is special, parameters."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipelines.simulation.config import SampleConfig
from pipelines.simulation.hazards import ExitHazards
from pipelines.simulation.oracle.measure_truth import WINDOWS
from pipelines.simulation.outcome_effects import HiddenTrait, Responses, Switching

ALL_OUTCOMES = ("voluntary_exit", "involuntary_exit", "any_exit", *WINDOWS)
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
)


def scenario(name: str) -> Scenario:
    """The world of that name; raises KeyError where there is none."""
    return {each.name: each for each in WORLDS}[name]
