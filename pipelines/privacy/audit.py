"""Proof that nobody hidden can be worked out from one night's comparison, read as it is shown.

The audit reads it as an outsider does: it knows which parts there are, what is
shown of them and that hidden is hidden, and nothing else. It doesn't know why something was hidden
or what was meant to protect it, so it also finds mistakes of those who hid.

For every outcome and horizon and each arm, two sets of equations are laid out over the lattice of
everybody and all parts, and each hidden cell is bounded (see `bounds`):

- people: a hidden cell's range of people, as they may be deduced from all that is shown of the same
  people at any horizon, spans at least `min_group`, unless there can't be anybody;
- exits of one kind: a hidden cell's range of exits spans at least one, and isn't "none"; where
  nobody at all left in that way this tells nothing of a part.

A range of one number alone is what being recoverable means, so a passed audit says that no hidden
row is a sum or difference of shown ones. That holds for everything that adds up over people in
these cells, not for counts only: the equations are the same for sums of values, and so for means of
the design without weights. Rows that are held back afterwards, in the place of some of these, are
of an earlier night that passed then; what two nights tell together is the release ledger's matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.errors import PipelineError
from pipelines.privacy.bounds import Bools, Floats, InconsistentError, narrow_cells
from pipelines.privacy.cells import ANY_EXIT, KINDS
from pipelines.privacy.lattice import Name, lattice_of

ARMS = ("a", "b")
EXITS = (ANY_EXIT, *KINDS)
TABLE = "outcomes.comparison"
_OTHER_PEOPLE = "training_rollout"
_CELL = ("segment", "segment_value")


class AuditError(PipelineError):
    """Something hidden could be worked out from what would be published; nothing was."""


@dataclass(frozen=True)
class Finding:
    """A hidden cell that is known too well, of which table and numbers. Stays private."""

    table: str
    about: str
    segment: str
    segment_value: str
    low: float
    high: float


@dataclass(frozen=True)
class _Numbers:
    """One count in every cell of some people, as far as it is shown."""

    about: str
    names: tuple[Name, ...]
    shown: Floats
    is_secret: Bools
    width: float
    is_empty_safe: bool


def check_release(comparison: pl.DataFrame, min_group: int) -> None:
    """Raise `AuditError` if a hidden number of the released comparison can be worked out.

    The message names the table and the kinds of numbers, no part and no number.
    """
    found = findings(comparison, min_group)
    if found:
        about = ", ".join(sorted({f"{each.about} by {each.segment}" for each in found}))
        raise AuditError(
            f"{TABLE}: hidden numbers could be worked out from the others ({about}). Nothing was "
            "published; the publication before stands as it was."
        )


def findings(comparison: pl.DataFrame, min_group: int) -> list[Finding]:
    """Return every hidden cell of the released comparison that is known too well."""
    found: dict[tuple[object, ...], list[Finding]] = {}
    for numbers in _all_numbers(comparison, min_group):
        key = (
            numbers.names,
            numbers.shown.tobytes(),
            numbers.is_secret.tobytes(),
            numbers.width,
            numbers.is_empty_safe,
        )
        if key not in found:
            found[key] = _judge(numbers)
    return [each for own in found.values() for each in own]


def _judge(numbers: _Numbers) -> list[Finding]:
    if not (np.isnan(numbers.shown) & numbers.is_secret).any():
        return []
    lattice = lattice_of(numbers.names)
    try:
        narrow = narrow_cells(
            lattice,
            numbers.shown,
            numbers.width,
            is_empty_safe=numbers.is_empty_safe,
            is_secret=numbers.is_secret,
        )
    except InconsistentError as error:
        raise AuditError(
            f"{TABLE}: the numbers of {numbers.about} don't add up, so it can't be told what is "
            "protected. Nothing was published; the publication before stands as it was."
        ) from error
    return [
        Finding(TABLE, numbers.about, *numbers.names[each.cell], each.low, each.high)
        for each in narrow
    ]


def _all_numbers(comparison: pl.DataFrame, min_group: int) -> Iterator[_Numbers]:
    """Lay out the counts of the comparison, one arm at a time."""
    rows = comparison.filter(pl.col("design") != _OTHER_PEOPLE)
    is_exit = pl.col("outcome").is_in(list(EXITS))
    measured = rows.filter(~is_exit).partition_by("outcome", maintain_order=True)
    exits = rows.filter(pl.col("outcome").is_in(list(KINDS)))
    for arm in ARMS:
        yield from _people(rows.filter(is_exit), "everybody", arm, min_group)
        for own in measured:
            yield from _people(own, f"people with a value of {own['outcome'][0]}", arm, min_group)
        for own in exits.partition_by("outcome", "horizon_days", maintain_order=True):
            yield from _events(own, f"{own['outcome'][0]} by day {own['horizon_days'][0]}", arm)


def _people(rows: pl.DataFrame, about: str, arm: str, min_group: int) -> Iterator[_Numbers]:
    yield from _numbers(rows, f"n_people_{arm}", about, float(min_group), is_empty_safe=True)


def _events(rows: pl.DataFrame, about: str, arm: str) -> Iterator[_Numbers]:
    for numbers in _numbers(rows, f"n_events_{arm}", about, 1.0, is_empty_safe=False):
        if np.nansum(numbers.shown) > 0 or np.isnan(numbers.shown).all():
            yield numbers


def _numbers(
    rows: pl.DataFrame, column: str, about: str, width: float, *, is_empty_safe: bool
) -> Iterator[_Numbers]:
    """Gather a count from all rows about a cell: shown where any row shows it."""
    hidden = pl.col("reason").str.starts_with("hidden for privacy").fill_null(value=False)
    cells = rows.group_by(*_CELL, maintain_order=True).agg(
        shown=pl.col(column).max(), is_secret=(hidden & pl.col(column).is_null()).any()
    )
    if cells.is_empty():
        return
    yield _Numbers(
        about=about,
        names=tuple(cells.select(_CELL).iter_rows()),
        shown=cells["shown"].cast(pl.Float64).fill_null(float("nan")).to_numpy(),
        is_secret=cells["is_secret"].to_numpy(),
        width=width,
        is_empty_safe=is_empty_safe,
    )
