"""The worlds that the benchmark simulates, as data: name, what is special, parameters."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipelines.sample.config import SampleConfig
from pipelines.sample.effects import HiddenTrait, Responses, Switching
from pipelines.sample.hazards import ExitHazards


@dataclass(frozen=True)
class World:
    """A kind of contact centre, to be simulated with many seeds.

    Attributes:
        name: what it is called in tables.
        about: what is special about it, in words.
        config: its parameters; the seed is to be replaced.
        is_identified: whether the data hold what it takes to be right; where they don't, intervals
            promise nothing, and what counts is whether the checks warn.
    """

    name: str
    about: str
    config: SampleConfig
    is_identified: bool = True

    def seeded(self, seed: int) -> SampleConfig:
        """Its parameters with a seed."""
        return replace(self.config, seed=seed)


_STATED = SampleConfig(n_agents=1500)
_NULL = _STATED.without_arm_difference()


def _through_fatigue(hazards: ExitHazards, per_point: float) -> ExitHazards:
    """The same hazards with the whole difference in voluntary exits running through fatigue."""
    voluntary, *others = (replace(cause, arm_hazard_ratio=1.0) for cause in hazards.causes)
    return replace(hazards, causes=(replace(voluntary, relief=per_point), *others))


WORLDS = (
    World(
        "as stated",
        "1,500 agents with 60 coaches; quality, trigger, tenure and site bear on both the kind of "
        "coaching and leaving; the tired answer surveys less often",
        _STATED,
    ),
    World("no difference", "the same, but the kind of coaching changes nothing", _NULL),
    World(
        "weak confounding",
        "a third of the log-odds that draw people to a kind of coaching",
        replace(_STATED, confounding=0.33),
    ),
    World(
        "strong confounding",
        "half as much again of these log-odds",
        replace(_STATED, confounding=1.5),
    ),
    World("30 coaches", "1,500 agents with 30 coaches", replace(_STATED, agents_per_coach=50)),
    World(
        "10 coaches",
        "700 agents with 10 coaches",
        replace(_STATED, n_agents=700, agents_per_coach=70),
    ),
    World(
        "10 coaches, no difference",
        "the same, but the kind of coaching changes nothing",
        replace(_NULL, n_agents=700, agents_per_coach=70),
    ),
    World(
        "informative non-response",
        "after day 0 the first arm answers surveys far more readily, and in both arms those who "
        "were exhausted before day 0 far less",
        replace(
            _STATED,
            responses=Responses(
                intercept=-0.3, per_point=-0.01, first_arm=1.8, per_earlier_point=-0.06
            ),
        ),
    ),
    World(
        "switching styles",
        "from session to session the style may change for good, the sooner from the second to the "
        "first the better the quality, and the rate of leaving follows the style in force",
        replace(_STATED, switching=Switching(to_a=0.10, to_b=0.06, quality=0.4)),
    ),
    World(
        "through fatigue",
        "the whole difference in voluntary exits runs through exhaustion, which the first arm is "
        "spared more and more over 90 days",
        replace(_STATED, hazards=_through_fatigue(ExitHazards(), per_point=-0.09)),
    ),
    World(
        "long-stayers collect",
        "the kind of coaching changes nothing, but every session has a chance of turning to the "
        "first kind, so whoever stays longer has had it sooner or later",
        replace(_NULL, switching=Switching(to_a=0.12, to_b=0.0)),
    ),
    World(
        "unmeasured confounder",
        "the kind of coaching changes nothing; a trait that stands in no file draws people to the "
        "second kind, to leaving and to absence, before day 0 too",
        replace(_NULL, hidden=HiddenTrait(style=-0.8, exits=0.45, absence=0.5)),
        is_identified=False,
    ),
)


def world(name: str) -> World:
    """The world of that name; raises KeyError where there is none."""
    return {each.name: each for each in WORLDS}[name]
