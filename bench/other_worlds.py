"""Centres that are altered once they are simulated: what slips through that no world is about.

``python -m bench.other_worlds --seeds 10`` alters the landing frames of centres in which the kind
of coaching changes nothing (4,000 agents each, so that chance hides little), estimates them and
prints how often an outcome is told as better or worse, how often that goes unsaid because the grade
is moderate or strong, how often it would without the checks that were made for these worlds, and
which checks say so. What it gave stands in docs/method.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl

from bench.known_truth import Against, comparison_spec, estimated
from pipelines.simulation.arrays import Bools, Floats
from pipelines.simulation.centre import SampleWorld, simulate
from pipelines.simulation.config import SampleConfig
from pipelines.simulation.employee_ids import agent_ids, coach_ids
from pipelines.simulation.organisation import standardised_level
from pipelines.simulation.scenarios import scenario

N_AGENTS = 4000
N_LATER = 5
MADE_FOR_THEM = ("drawn", "early", "later_coaches", "placebo_work")
_NULL = scenario("no difference").config


class Altered(SampleWorld):
    """A simulated centre some of whose sessions and exits are delivered otherwise."""

    @property
    def draw(self) -> np.random.Generator:
        """Chance of its own, the same each time."""
        return self.config.stream("altered")

    @cached_property
    def chance(self) -> Floats:
        """One number from 0 to 1 per agent."""
        return self.draw.random(len(self.organisation.agents))

    def leave_within(self, days: int) -> Bools:
        """Who leaves so soon after day 0."""
        entries = self.entries
        return entries.has_entered & (entries.exited_on <= entries.planned_day_0 + days)

    def sessions_of(self, some: Bools, **columns: pl.Expr) -> pl.DataFrame:
        """The sessions with columns changed for some agents."""
        ids = agent_ids(np.flatnonzero(some))
        is_theirs = pl.col("employee_id").is_in(ids.implode())
        changed = [
            pl.when(is_theirs).then(value).otherwise(name).alias(name)
            for name, value in columns.items()
        ]
        return super().coaching_sessions.with_columns(changed)

    def exits_without(self, some: Bools) -> pl.DataFrame:
        """The exits but those of some agents, who stay."""
        ids = agent_ids(np.flatnonzero(some))
        return super().attrition.filter(~pl.col("employee_id").is_in(ids.implode()))


class OnNotice(Altered):
    """Six in ten of those who leave within 45 days are coached in the second kind, as leavers."""

    @property
    def coaching_sessions(self) -> pl.DataFrame:  # type: ignore[override]
        """Sessions of people who are about to leave are of the second kind."""
        about_to = self.leave_within(45) & (self.chance < 0.6)
        is_a = pl.col("style") == self.config.arm_a
        style = pl.when(is_a).then(pl.lit(self.config.arm_b)).otherwise("style")
        return self.sessions_of(about_to, style=style)


class LateLabels(Altered):
    """Six in ten of the first arm who leave within 90 days do so before their style is recorded."""

    @property
    def coaching_sessions(self) -> pl.DataFrame:  # type: ignore[override]
        """Sessions of people who left early have no style."""
        early = self.leave_within(90) & self.entries.is_arm_a & (self.chance < 0.6)
        return self.sessions_of(early, style=pl.lit(None, dtype=pl.String))


class GoodPeopleStay(Altered):
    """What people are like, of which scores are a poor reading, decides the kind and leaving."""

    @property
    def attrition(self) -> pl.DataFrame:  # type: ignore[override]
        """The better people are, the more of their exits don't happen."""
        trait = standardised_level(self.organisation.agents.quality_level)
        return self.exits_without(self.chance < 0.35 + 0.25 * np.clip(trait, -1.4, 1.4))


class HandedOn(Altered):
    """Each kind is handed on to five later coaches, whose people stay or don't."""

    @cached_property
    def later(self) -> tuple[np.ndarray, Bools]:
        """The later coach of each agent, and who stays because of that coach."""
        draw, n = self.draw, len(self.organisation.agents)
        later = np.where(self.entries.is_arm_a, 0, N_LATER) + draw.integers(0, N_LATER, n)
        keeps = draw.uniform(0.0, 0.6, 2 * N_LATER)
        return later, self.entries.has_entered & (self.chance < keeps[later])

    @property
    def coaching_sessions(self) -> pl.DataFrame:  # type: ignore[override]
        """Sessions after day 0 are given by later coaches."""
        sessions = super().coaching_sessions
        ids = agent_ids(np.arange(len(self.later[0])))
        later = coach_ids(len(self.organisation.coaches.site) + self.later[0])
        known = pl.DataFrame(
            {"employee_id": ids, "later": later, "day_0": self.entries.planned_day_0}
        )
        is_later = pl.col("started_at").dt.date().cast(pl.Int64) > pl.col("day_0")
        return (
            sessions.join(known, on="employee_id", how="left", maintain_order="left")
            .with_columns(coach_id=pl.when(is_later).then("later").otherwise("coach_id"))
            .drop("later", "day_0")
        )

    @property
    def attrition(self) -> pl.DataFrame:  # type: ignore[override]
        """Without the exits of those whom a later coach keeps."""
        return self.exits_without(self.later[1])


@dataclass(frozen=True)
class OtherWorld:
    """A kind of centre: its parameters, how it is altered, what lottery is declared."""

    name: str
    config: SampleConfig
    alter: Callable[..., SampleWorld] = Altered
    declared: str = "observed"


WORLDS = (
    OtherWorld("on notice", _NULL, OnNotice),
    OtherWorld("late labels", _NULL, LateLabels),
    OtherWorld("good people stay", scenario("noisy quality").config, GoodPeopleStay),
    OtherWorld("handed on", _NULL, HandedOn),
    OtherWorld(
        "a lottery in name only", scenario("unmeasured confounder").config, declared="by_person"
    ),
)


def one(world: OtherWorld, seed: int) -> Against:
    """Simulate one centre, alter it and estimate it."""
    config = replace(world.config, n_agents=N_AGENTS, seed=seed)
    plain = simulate(config)
    altered = world.alter(config, plain.organisation, plain.quality, plain.entries)
    spec = replace(comparison_spec(config), assignment=world.declared)
    return estimated(altered, spec, is_whole=False)


def told(found: list[Against], declared: str) -> pl.DataFrame:
    """Per outcome: false verdicts of the headline, and those whose grade doesn't say so."""
    headline = "weighted" if declared == "observed" else "as_assigned"
    is_low = pl.col("credibility").is_in(["weak", "not_credible"]).fill_null(value=False)
    is_false = pl.col("verdict").is_in(["better", "worse"])
    by_others = (
        pl.concat([each.levels for each in found])
        .filter(
            pl.col("level").is_in(["weak", "not_credible"]),
            ~pl.col("check").is_in(MADE_FOR_THEM),
        )
        .select("seed", "outcome", is_said_by_others=pl.lit(value=True))
        .unique()
    )
    is_said = pl.col("is_said_by_others").fill_null(value=False)
    longest = pl.col("horizon_days") == pl.col("horizon_days").max().over("outcome")
    return (
        pl.concat([each.estimates for each in found])
        .filter(pl.col("design") == headline, longest)
        .join(by_others, on=["seed", "outcome"], how="left", maintain_order="left")
        .group_by("outcome", maintain_order=True)
        .agg(
            centres=pl.len(),
            estimate=pl.col("estimate").mean().round(3),
            false=is_false.sum(),
            unsaid=(is_false & ~is_low).sum(),
            unsaid_without=(is_false & ~is_said).sum(),
        )
        .filter(pl.col("false") > 0)
    )


def main() -> None:
    """Print what each of the worlds gave."""
    parser = argparse.ArgumentParser(description="What no world was made for.")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--world", action="append")
    options = parser.parse_args()
    pl.Config.set_tbl_rows(-1)
    for world in WORLDS:
        if not options.world or world.name in options.world:
            found = [one(world, seed) for seed in range(1, options.seeds + 1)]
            failed = pl.concat([each.levels for each in found]).filter(
                pl.col("level").is_in(["weak", "not_credible"])
            )
            print(world.name, told(found, world.declared), failed["check"].value_counts(sort=True))


if __name__ == "__main__":
    main()
