"""What every estimator of the register receives, and how a row of a frame is chosen."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from pipelines.claims.claim_estimate import Counts, MinimumCounts
from pipelines.claims.regression import numbered
from pipelines.estimators.kernels.design_matrix import covariates_from_columns
from pipelines.estimators.kernels.survival import Ints
from pipelines.estimators.results import Covariate

DEFAULT_COVARIATES = "default"
"""Stands for the default confounders in a list of covariates."""


class Parameters(BaseModel):
    """The parameters of an estimator in ``contracts/claims/``; unknown ones are an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Where(Parameters):
    """A condition on a column: one of some values, or at least or at most a number."""

    column: str
    one_of: tuple[Any, ...] | None = None
    at_least: float | None = None
    at_most: float | None = None

    def expression(self) -> pl.Expr:
        """Whether a row meets it; NULL where its value isn't known."""
        column = pl.col(self.column)
        met = column.is_not_null() | column.is_null()
        if self.one_of is not None:
            met = pl.when(column.is_not_null()).then(column.is_in(list(self.one_of)))
        if self.at_least is not None:
            met = met & (column >= self.at_least)
        if self.at_most is not None:
            met = met & (column <= self.at_most)
        return met


@dataclass(frozen=True)
class ClaimInputs:
    """Everything an estimator may look at.

    ``frames`` by name; ``confounders`` are the default ones; ``arms`` are the labels of the two
    kinds of coaching. ``memo`` keeps fits that several estimates share.
    """

    frames: Mapping[str, pl.DataFrame]
    confounders: tuple[Covariate, ...]
    arms: tuple[str, str]
    minimum: MinimumCounts
    rounding_bases: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """By frame and outcome: to the weight of how many people estimates are rounded; 0 or absent
    leaves them exact."""
    not_carried: frozenset[str] = frozenset()
    """Outcomes whose headline is weak or not credible: what takes it over says nothing."""
    undelivered: frozenset[str] = frozenset()
    """Sources of which nothing was ever delivered."""
    headline: str = "weighted"
    """The design that the pages lead with: as assigned where a lottery decided."""
    memo: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)

    def covariates(
        self, frame: pl.DataFrame, names: tuple[str, ...], without: tuple[str, ...] = ()
    ) -> tuple[Covariate, ...]:
        """The covariates of these names; a column of numbers becomes a line, else categories."""
        chosen: list[Covariate] = []
        for name in names:
            if name == DEFAULT_COVARIATES:
                chosen += [each for each in self.confounders if each.name not in without]
            else:
                chosen += covariates_from_columns(frame, [name])
        return tuple(chosen)


def never_delivered(source: str) -> str:
    """Say that nothing of a source is there."""
    return f"nothing was delivered for {source.replace('_', ' ')}"


def can_be_followed(frame: pl.DataFrame, days: int) -> bool:
    """Whether the data reach so many days beyond somebody's beginning, whoever left before.

    ``days_to_end`` says how far they reach; a frame without it has no beginning to count from.
    """
    if "days_to_end" not in frame.columns or frame.is_empty():
        return True
    reached = frame["days_to_end"].max()
    return reached is None or int(reached) >= days  # type: ignore[arg-type]


def rows_where(frame: pl.DataFrame, conditions: tuple[Where, ...]) -> pl.DataFrame:
    """The rows that meet every condition."""
    return frame.filter(*(each.expression() for each in conditions)) if conditions else frame


def numbers(frame: pl.DataFrame, column: str) -> NDArray[np.float64]:
    """A column without gaps as floats (n,); yes is 1 and no is 0."""
    return frame[column].cast(pl.Float64).to_numpy().astype(np.float64)


def clusters_of(frame: pl.DataFrame, column: str) -> Ints:
    """Number the clusters (n,); somebody of an unknown cluster is their own."""
    own = pl.format("alone: {}", pl.col("agent_key"))
    named = frame.select(pl.coalesce(pl.format("{}", pl.col(column).cast(pl.String)), own))
    return numbered(named.to_series())


def counts_of(frame: pl.DataFrame, cluster: str, is_exposed: pl.Expr | None = None) -> Counts:
    """The different people and known clusters of a frame, and its sides if it has any."""
    sides = None
    if is_exposed is not None:
        exposed = frame.filter(is_exposed)["agent_key"].n_unique()
        sides = (exposed, frame.filter(~is_exposed)["agent_key"].n_unique())
    return Counts(
        n_people=frame["agent_key"].n_unique(),
        n_clusters=frame[cluster].drop_nulls().n_unique(),
        n_sides=sides,
        clusters="teams" if cluster == "team" else "coaches",
    )
