"""From one row per person to arrays in a fixed order: the people of a comparison, checked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.core.errors import PipelineError
from pipelines.estimators.kernels.survival import CAUSES, Floats, Ints


class EpisodeError(PipelineError):
    """An episode can't be used: what is wrong with which column, and what was expected."""


@dataclass(frozen=True)
class People:
    """Everybody in one of the two arms, sorted by `agent_key`, so input order never matters."""

    frame: pl.DataFrame
    """All columns of the episodes, one row per person."""
    is_a: NDArray[np.bool_]
    """(n,) whether the person is in arm a; everybody else is in arm b."""
    follow_up_days: Floats
    """(n,) days from day 0 to the exit or to the end of data."""
    exit_code: Ints
    """(n,) 0 for an end of data, else 1 + position in `CAUSES`."""
    coach: Ints
    """(n,) number of the coach, 0..n_coaches-1; somebody without a coach is their own cluster."""
    n_coaches: int
    has_coach: NDArray[np.bool_]
    """(n,) whether the coach is known."""

    def __len__(self) -> int:
        return len(self.is_a)

    def arm(self, *, is_a: bool) -> NDArray[np.int64]:
        """Return the positions of the people of arm a (or of arm b)."""
        return np.flatnonzero(self.is_a == is_a)


def people_of(episodes: pl.DataFrame, arm_a: str, arm_b: str) -> People:
    """Check the episodes of two arms and turn them into arrays; people of other arms are left out.

    Raises EpisodeError for a missing column, a missing or negative follow-up, an unknown kind of
    exit, an exit on day 0, or a person who is there twice.
    """
    _require_columns(episodes)
    frame = episodes.filter(pl.col("arm").is_in([arm_a, arm_b])).sort("agent_key")
    _check(frame)
    coach_or_self = pl.coalesce(
        pl.format("coach {}", pl.col("coach_key").cast(pl.String)),
        pl.format("no coach: {}", pl.col("agent_key").cast(pl.String)),
    )
    names, coach = np.unique(
        frame.select(coach_or_self).to_series().to_numpy().astype(str), return_inverse=True
    )
    code_of_exit = {name: position + 1 for position, name in enumerate(CAUSES)}
    exit_code = (
        frame["exit_type"]
        .cast(pl.String)
        .replace_strict(code_of_exit, default=0, return_dtype=pl.Int64)
    )
    return People(
        frame=frame,
        is_a=(frame["arm"] == arm_a).to_numpy(),
        follow_up_days=frame["follow_up_days"].cast(pl.Float64).to_numpy(),
        exit_code=exit_code.to_numpy().astype(np.int64),
        coach=coach.astype(np.int64),
        n_coaches=len(names),
        has_coach=frame["coach_key"].is_not_null().to_numpy(),
    )


def subset(people: People, rows: NDArray[np.int64]) -> People:
    """Return the people at some positions; coaches keep their numbers."""
    return People(
        frame=people.frame[rows],
        is_a=people.is_a[rows],
        follow_up_days=people.follow_up_days[rows],
        exit_code=people.exit_code[rows],
        coach=people.coach[rows],
        n_coaches=people.n_coaches,
        has_coach=people.has_coach[rows],
    )


def _require_columns(episodes: pl.DataFrame) -> None:
    needed = ("agent_key", "coach_key", "arm", "follow_up_days", "exit_type")
    missing = [name for name in needed if name not in episodes.columns]
    if missing:
        raise EpisodeError(f"the episodes lack the column(s) {', '.join(missing)}")


def _check(frame: pl.DataFrame) -> None:
    """Refuse episodes that no estimator can make sense of."""
    days = pl.col("follow_up_days")
    exits = pl.col("exit_type").cast(pl.String)
    problems = {
        "follow_up_days is empty or negative": days.is_null() | (days < 0),
        f"exit_type is none of {', '.join(CAUSES)}": exits.is_not_null() & ~exits.is_in(CAUSES),
        "an exit on day 0 (follow_up_days must be at least 1)": exits.is_not_null() & (days <= 0),
        "agent_key appears more than once": pl.col("agent_key").is_duplicated(),
    }
    for problem, expression in problems.items():
        n_bad = frame.filter(expression).height
        if n_bad:
            raise EpisodeError(f"{n_bad} episode(s): {problem}")
