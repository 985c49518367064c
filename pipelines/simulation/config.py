"""What the sample contact centre is asked to be."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np

from pipelines.core.errors import PipelineError
from pipelines.simulation.arrays import day_number
from pipelines.simulation.hazards import ExitHazards
from pipelines.simulation.outcome_effects import (
    ClosingSite,
    HiddenTrait,
    MeasureEffects,
    Responses,
    StyleModel,
    Switching,
)

Lottery = Literal["by_person", "by_coach", "stepped"]
N_STEPS = 4
MIN_AGENTS = 50
MIN_MONTHS = 6


@dataclass(frozen=True)
class SampleConfig:
    """Size, calendar and truth of a simulated contact centre.

    Attributes:
        n_agents: agents ever employed in the window; coaches and managers come on top.
        months: length of the window that the files cover.
        seed: the same seed gives the same files, byte for byte.
        end: last day of the window.
        arm_a: label of the sessions coached with compassion.
        arm_b: label of the sessions coached for compliance.
        horizon_days: days after day 0 at which the truth is stated.
        confounding: how strongly the style of the first session depends on the agent
            (prior quality, trigger, tenure) and the site; 1 as stated, 0 not at all.
        coach_leaning_sd: spread of the coaches' log-odds of using the first arm.
        coach_leaning_per_log_rate: how far a coach's log-odds of the first arm follow the log
            rate ratio of exits among the coach's agents.
        one_style_coaches: number of coaches who use the first arm's style alone, all others the
            second's alone; None where every coach uses both.
        agents_per_coach: how many agents there are for one coach.
        n_sites: number of sites; None: as many as the number of coaches suggests.
        closing_site: a site without the first arm that is closing; None where there is none.
        quality_noise_sd: spread of a week's quality score around the person's true level.
        lottery: what a lottery draws, in equal numbers: people or coaches into one style for
            good, or when each coach goes over from the second to the first; None where it is
            somebody's choice.
        entry_trend: log rate ratio of exits between those first coached at the end of the window
            and at its start, whatever their style.
        earlier_coaching: share of those hired before the window who were first coached before it,
            in a style of its own draw: what follows day 0 is as if that had been the first.
        hazards: the exit hazards.
        style: what draws an agent's first session towards one style.
        hidden: a trait that bears on style, exits and absence and stands in no file.
        switching: how the style in force changes later; None where it doesn't, and sessions in
            the other style are stray ones.
        effects: what the style changes besides exits.
        responses: who answers a survey.
    """

    n_agents: int = 2000
    months: int = 24
    seed: int = 1
    end: date = date(2026, 10, 31)
    arm_a: str = "compassionate"
    arm_b: str = "compliance"
    horizon_days: tuple[int, ...] = (90, 180, 365)
    confounding: float = 1.0
    coach_leaning_sd: float = 0.6
    coach_leaning_per_log_rate: float = 0.0
    one_style_coaches: int | None = None
    agents_per_coach: float = 25
    n_sites: int | None = None
    closing_site: ClosingSite | None = None
    quality_noise_sd: float = 4.5
    lottery: Lottery | None = None
    entry_trend: float = 0.0
    earlier_coaching: float = 0.0
    hazards: ExitHazards = field(default_factory=ExitHazards)
    style: StyleModel = field(default_factory=StyleModel)
    hidden: HiddenTrait = field(default_factory=HiddenTrait)
    switching: Switching | None = None
    effects: MeasureEffects = field(default_factory=MeasureEffects)
    responses: Responses = field(default_factory=Responses)

    def __post_init__(self) -> None:
        _require(self.n_agents >= MIN_AGENTS, "n_agents", self.n_agents, f"at least {MIN_AGENTS}")
        _require(self.months >= MIN_MONTHS, "months", self.months, f"at least {MIN_MONTHS}")
        _require(self.seed >= 0, "seed", self.seed, "0 or more")
        _require(self.confounding >= 0, "confounding", self.confounding, "0 or more")
        _require(self.agents_per_coach > 0, "agents_per_coach", self.agents_per_coach, "above 0")

    @property
    def start(self) -> date:
        """First day of the window: the day after ``end`` moved back by ``months`` months."""
        year, month = divmod(self.end.year * 12 + self.end.month - 1 - self.months, 12)
        last_of_month = calendar.monthrange(year, month + 1)[1]
        return date(year, month + 1, min(self.end.day, last_of_month)) + timedelta(days=1)

    @property
    def start_day(self) -> int:
        """``start`` as a day number."""
        return day_number(self.start)

    @property
    def end_day(self) -> int:
        """``end`` as a day number."""
        return day_number(self.end)

    @property
    def steps(self) -> tuple[date, ...]:
        """When coaches go over where a lottery decides when: evenly over the window."""
        if self.lottery != "stepped":
            return ()
        length = self.end_day - self.start_day
        return tuple(
            self.start + timedelta(days=length * (k + 1) // (N_STEPS + 1)) for k in range(N_STEPS)
        )

    def stream(self, name: str) -> np.random.Generator:
        """An independent source of randomness for one part of the simulation.

        Parts draw from their own streams, so that changing one leaves the others as they were.
        """
        return np.random.default_rng([self.seed, *name.encode()])

    def without_arm_difference(self) -> SampleConfig:
        """The same world in which the style of coaching changes nothing that is compared."""
        causes = tuple(
            replace(cause, arm_hazard_ratio=1.0, relief=0.0) for cause in self.hazards.causes
        )
        return replace(
            self,
            hazards=replace(self.hazards, causes=causes),
            effects=self.effects.without_arm_difference(),
        )


def _require(is_met: bool, name: str, value: Any, allowed: str) -> None:
    if not is_met:
        raise PipelineError(f"sample contact centre: {name} is {value}; allowed: {allowed}")
