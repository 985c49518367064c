"""A contact centre with small corners, estimated and released by the real functions."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from pipelines.hiding import find_hiding
from pipelines.outcomes.compare import compare_exits
from pipelines.outcomes.measures import compare_measures
from pipelines.outcomes.results import ComparisonSpec, Measure
from pipelines.outcomes.segments import segment_comparison
from pipelines.privacy.suppression import (
    Hiding,
    suppress_comparison,
    suppress_retention_curve,
)
from tests.reference.support import small_world, spec_of

MIN_GROUP, MIN_COACHES = 10, 3
MOOD = Measure("mood", 180, is_lower_better=False)
ABSENCE = Measure("absence", 180, is_lower_better=True, is_rate=True)
MOST_MOOD = 100.0
HOURS = 1000.0
QUAY, HARBOUR, HAPPY, ILL = "Quay", "Harbour", "Happy Hill", "Ill Isle"
"""Sites: of a few people; of two coaches; where all are as happy as can be; where one is ill."""
CORNERS = {QUAY: 14, HARBOUR: 48, HAPPY: 40, ILL: 40}
"""How many people an odd site has."""


@dataclass(frozen=True)
class Publication:
    """What an outsider holds."""

    comparison: pl.DataFrame
    curve: pl.DataFrame


def episodes(corner: str) -> pl.DataFrame:
    """Six hundred people at three ordinary sites and an odd one; one kind of exit is rare."""
    n = 600
    rng = np.random.default_rng(11)
    people = small_world(n, seed=5, n_coaches=24)
    row = np.arange(n)
    is_odd = row < CORNERS[corner]
    coach = people["coach_key"].to_numpy().astype(str)
    if corner == HARBOUR:
        coach = np.where(is_odd, np.char.add("harbour-", (row % 2).astype(str)), coach)
    days = [dt.date(2025, 1, 1) + dt.timedelta(days=int(day)) for day in rng.integers(0, 180, n)]
    return people.with_columns(
        site=pl.Series(np.where(is_odd, corner, people["site"].to_numpy()).tolist()),
        coach_key=pl.Series(coach.tolist()),
        arm=pl.Series(["A" if k % 2 else "B" for k in row // 2]),
        tenure_days=pl.Series(rng.integers(0, 900, n)),
        role=pl.Series(np.where(row % 7 == 0, "senior agent", "agent").tolist()),
        employment_type=pl.Series(np.where(row % 3 == 0, "part_time", "full_time").tolist()),
        day_0=pl.Series(days),
    )


def values(corner: str) -> pl.DataFrame:
    """Moods from 0 to 100 and hours lost of a thousand; an odd site is odd here."""
    people = episodes(corner)
    n = people.height
    rng = np.random.default_rng(12)
    is_odd = people["site"].to_numpy() == corner
    is_happy = is_odd & (corner == HAPPY)
    mood = np.where(is_happy, MOST_MOOD, rng.integers(20, 95, n)).astype(float)
    lost = rng.uniform(0.0, 4.0, n)
    if corner == ILL:
        for arm in "AB":
            lost[np.flatnonzero(is_odd & (people["arm"].to_numpy() == arm))[0]] = 60.0
    return pl.concat(
        pl.DataFrame(
            {
                "agent_key": people["agent_key"],
                "outcome": [measure.outcome] * n,
                "is_window_complete": [True] * n,
                "numerator": number,
                "denominator": np.full(n, hours),
            }
        )
        for measure, number, hours in ((MOOD, mood, 1.0), (ABSENCE, lost, HOURS))
    )


@cache
def estimates(corner: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The comparison and the curves before anything is hidden on the way out."""
    people, spec = episodes(corner), spec_of_world()
    parts = segment_comparison(people, spec)
    exits = compare_exits(people, spec)
    measured = compare_measures(people, values(corner), [MOOD, ABSENCE], spec, [parts])
    return pl.concat([exits.comparison, measured, parts.exits()]), exits.retention_curve


def spec_of_world() -> ComparisonSpec:
    return spec_of(covariates=(), min_group=MIN_GROUP, min_coaches=MIN_COACHES)


@cache
def publication(corner: str, *, is_complementary: bool) -> Publication:
    """What leaves, with and without hiding more than what is dangerous by itself."""
    comparison, curve = estimates(corner)
    hiding = found_hiding(corner)
    if not is_complementary:
        hiding = hiding.without_complementary()
    return Publication(
        suppress_comparison(comparison, hiding), suppress_retention_curve(curve, hiding)
    )


@cache
def found_hiding(corner: str) -> Hiding:
    comparison, _ = estimates(corner)
    spec = spec_of_world()
    return find_hiding(episodes(corner), values(corner), [MOOD, ABSENCE], spec, comparison)
