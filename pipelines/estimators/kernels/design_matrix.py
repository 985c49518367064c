"""From characteristics to the columns of the propensity model.

- numeric: the value itself; an unknown value becomes the mean of the known ones and a second
  column marks that it was unknown (so nobody is dropped for a missing value);
- spline: a restricted (natural) cubic spline with knots at the 5th, 35th, 65th and 95th percentile,
  straight beyond the outer knots (Harrell, Regression Modeling Strategies, 2nd ed., section 2.4);
- curve: the same with three knots, at the 10th, 50th and 90th percentile: one bend more than a
  line, enough where both ends of a score go one way and its middle another;
- categorical: one 0/1 column per level except the first in alphabetical order; an unknown value is
  a level of its own.

A level that only one arm has would make the model certain of those people's arm. Such levels are
pooled with each other, and where even the pool has one arm only, with the smallest level that both
arms have; the pooling is reported. If no level has people of both arms, the two kinds of coaching
were never given to comparable people, and the model is refused. People in a one-armed level of
`LARGE_LEVEL` people or more count as having no counterpart when overlap is judged; in smaller ones
the absence of one arm is what chance does.

Columns that don't vary, or that repeat earlier columns, are dropped: they change no prediction.
Columns are centred and scaled, which changes no prediction either and keeps the fit well behaved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.core.errors import PipelineError
from pipelines.estimators.kernels.survival import Bools, Floats
from pipelines.estimators.results import Covariate, CovariateKind

LARGE_LEVEL = 20
"""A level of at least this many people that only one arm has is a gap in overlap, not chance."""

KNOT_QUANTILES: dict[CovariateKind, tuple[float, ...]] = {
    "spline": (0.05, 0.35, 0.65, 0.95),
    "curve": (0.1, 0.5, 0.9),
}
UNKNOWN_LEVEL = "unknown"
"""Name of the level of people whose category isn't known."""

_ALIASED = 1e-9
"""A column with less than this share of its variance left after the earlier ones repeats them."""


class CovariateError(PipelineError):
    """A covariate that isn't there: its name and the columns there are."""


class OverlapError(PipelineError):
    """The arms have no level of a covariate in common, so no model can compare them."""


@dataclass(frozen=True)
class DesignMatrix:
    """The propensity model's columns, and what had to be done to get them."""

    columns: tuple[str, ...]
    """Name of each column; the first is the intercept."""
    values: Floats
    """(n, p) intercept, then centred and scaled columns."""
    has_counterpart: Bools
    """(n,) False for people in a large level that the other arm doesn't have."""
    notes: tuple[str, ...]
    """What was pooled, in words that can be shown; levels are counted, not named."""


def covariates_from_columns(frame: pl.DataFrame, names: Sequence[str]) -> tuple[Covariate, ...]:
    """Describe columns by name as main effects.

    A column is numeric if every value that isn't empty reads as a finite number, else categorical.
    """
    covariates = []
    for name in names:
        if name not in frame.columns:
            known = ", ".join(sorted(frame.columns))
            raise CovariateError(f"covariate {name!r} isn’t a known column; there are: {known}")
        kind: CovariateKind = "numeric" if _reads_as_numbers(frame[name]) else "categorical"
        covariates.append(Covariate(name, name, kind, name.replace("_", " ")))
    return tuple(covariates)


def _reads_as_numbers(values: pl.Series) -> bool:
    if values.dtype.is_numeric():
        return True
    text = values.cast(pl.String).str.strip_chars()
    text = text.filter(text.is_not_null() & (text != ""))
    numbers = text.cast(pl.Float64, strict=False)
    return len(text) > 0 and bool((numbers.is_not_null() & numbers.is_finite()).all())


def numbers_of(frame: pl.DataFrame, column: str) -> Floats:
    """Return a column as floats (n,), NaN where it's unknown; dates become days."""
    values = frame[column]
    if values.dtype == pl.Date:
        values = values.cast(pl.Int32)
    elif values.dtype == pl.String:
        values = values.str.strip_chars()
    numbers = values.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy()
    return np.where(np.isfinite(numbers), numbers, np.nan)


def levels_of(frame: pl.DataFrame, column: str) -> NDArray[np.str_]:
    """Return a column as level names (n,); an unknown value is a level of its own."""
    return np.asarray(_levels(frame, column).to_list(), dtype=str)


def _levels(frame: pl.DataFrame, column: str) -> pl.Series:
    text = frame[column].cast(pl.String).str.strip_chars()
    known = pl.when(text.is_not_null() & (text != "")).then(text).otherwise(pl.lit(UNKNOWN_LEVEL))
    return frame.select(known).to_series()


def design_matrix(
    frame: pl.DataFrame, is_a: Bools, covariates: Sequence[Covariate]
) -> DesignMatrix:
    """Build the model columns for everybody in `frame`; `is_a` (n,) tells the arm.

    Raises CovariateError for an unknown column, OverlapError if the arms share no level.
    """
    columns: dict[str, Floats] = {}
    notes: list[str] = []
    has_counterpart = np.ones(len(is_a), dtype=bool)
    for covariate in covariates:
        if covariate.column not in frame.columns:
            raise CovariateError(f"covariate {covariate.name!r}: no column {covariate.column!r}")
        if covariate.kind == "categorical":
            levels = levels_of(frame, covariate.column)
            pooled, n_pooled, unmatched = _pool_one_armed(levels, is_a, covariate.label)
            if n_pooled:
                notes.append(f"{n_pooled} level(s) of {covariate.label} that only one arm has")
            has_counterpart &= ~unmatched
            columns |= _dummies(covariate.name, pooled)
        else:
            known = numbers_of(frame, covariate.column)
            unknown = np.isnan(known)
            if _is_one_armed(unknown, is_a):
                notes.append(f"unknown values of {covariate.label} that only one arm has")
                has_counterpart &= ~(unknown & (unknown.sum() >= LARGE_LEVEL))
            else:
                columns[f"{covariate.name} unknown"] = unknown.astype(np.float64)
            columns |= _curve_columns(covariate, known)
    names, values = independent_columns(columns, len(is_a))
    return DesignMatrix(("intercept", *names), values, has_counterpart, tuple(notes))


def covariate_columns(frame: pl.DataFrame, covariates: Sequence[Covariate]) -> dict[str, Floats]:
    """Return the columns (n,) of a regression without arms, before `independent_columns`.

    Raises CovariateError for an unknown column.
    """
    columns: dict[str, Floats] = {}
    for covariate in covariates:
        if covariate.column not in frame.columns:
            raise CovariateError(f"covariate {covariate.name!r}: no column {covariate.column!r}")
        if covariate.kind == "categorical":
            levels = _levels(frame, covariate.column)
            for level in levels.unique().sort()[1:]:
                is_there = (levels == level).cast(pl.Float64).to_numpy()
                columns[f"{covariate.name}: {level}"] = is_there
        else:
            known = numbers_of(frame, covariate.column)
            columns[f"{covariate.name} unknown"] = np.isnan(known).astype(np.float64)
            columns |= _curve_columns(covariate, known)
    return columns


def _is_one_armed(members: Bools, is_a: Bools) -> bool:
    """Tell whether a non-empty set of people lies in a single arm."""
    n_in_a = int((members & is_a).sum())
    return bool(members.any()) and n_in_a in (0, int(members.sum()))


def _pool_one_armed(
    levels: NDArray[np.str_], is_a: Bools, label: str
) -> tuple[NDArray[np.str_], int, Bools]:
    """Pool levels that only one arm has; return levels, how many were pooled, and the unmatched.

    The unmatched are the people in a pooled level of `LARGE_LEVEL` people or more.
    """
    names, code, sizes = np.unique(levels, return_inverse=True, return_counts=True)
    n_in_a = np.bincount(code, weights=is_a, minlength=len(names))
    one_armed = (n_in_a == 0) | (n_in_a == sizes)
    if not one_armed.any():
        return levels, 0, np.zeros(len(levels), dtype=bool)
    if one_armed.all():
        raise OverlapError(f"no value of {label} is found in both arms")
    in_pool = one_armed[code]
    partner = "pooled"
    if _is_one_armed(in_pool, is_a):
        shared = np.flatnonzero(~one_armed)
        partner = str(names[shared[np.argmin(sizes[shared])]])
    pooled = np.where(in_pool, partner, levels)
    return pooled, int(one_armed.sum()), (one_armed & (sizes >= LARGE_LEVEL))[code]


def _dummies(name: str, levels: NDArray[np.str_]) -> dict[str, Floats]:
    """Return a 0/1 column for every level but the first."""
    names, code = np.unique(levels, return_inverse=True)
    return {f"{name}: {level}": (code == i).astype(float) for i, level in enumerate(names) if i}


def _curve_columns(covariate: Covariate, known: Floats) -> dict[str, Floats]:
    """Return the straight or curved columns of a number whose unknown values are NaN."""
    unknown = np.isnan(known)
    if unknown.all():
        return {}
    value = np.where(unknown, np.mean(known[~unknown]), known)
    columns = {covariate.name: value}
    if covariate.kind in KNOT_QUANTILES:
        knots = np.unique(np.quantile(known[~unknown], KNOT_QUANTILES[covariate.kind]))
        for i, bend in enumerate(_restricted_cubic(value, knots)):
            columns[f"{covariate.name} spline {i + 1}"] = bend
    return columns


def _restricted_cubic(value: Floats, knots: Floats) -> list[Floats]:
    """Return the k - 2 curved terms of a restricted cubic spline with k knots (none below 3)."""
    if len(knots) < 3:
        return []

    def above(knot: float) -> Floats:
        return np.maximum(value - knot, 0.0) ** 3

    last, before = knots[-1], knots[-2]
    size = (last - knots[0]) ** 2
    return [
        (
            above(knot)
            - above(before) * (last - knot) / (last - before)
            + above(last) * (before - knot) / (last - before)
        )
        / size
        for knot in knots[:-2]
    ]


def independent_columns(columns: dict[str, Floats], n_people: int) -> tuple[list[str], Floats]:
    """Centre and scale columns, drop those that are constant or repeat earlier ones.

    Returns the names kept and the matrix (n, 1 + kept) with the intercept first.
    """
    varying = [name for name, values in columns.items() if n_people and np.ptp(values) > 0]
    matrix = np.ones((n_people, 1 + len(varying)))
    for position, name in enumerate(varying, start=1):
        values = columns[name]
        matrix[:, position] = (values - values.mean()) / values.std()
    keep = _first_independent(matrix[:, 1:].T @ matrix[:, 1:] / max(n_people, 1))
    chosen = [0, *(position + 1 for position in keep)]
    kept_matrix = matrix if len(chosen) == matrix.shape[1] else matrix[:, chosen]
    return [varying[position] for position in keep], kept_matrix


def _first_independent(correlation: Floats) -> list[int]:
    """Return the positions of columns that earlier ones don't determine (a Cholesky sweep)."""
    rest = correlation.copy()
    keep = []
    for position in range(len(rest)):
        pivot = rest[position, position]
        if pivot > _ALIASED:
            keep.append(position)
            rest -= np.outer(rest[:, position], rest[position]) / pivot
    return keep
