"""Which parts of a whole must be hidden so that the whole and the shown parts give none back.

The comparison is published for everybody and for the parts of one-way divisions (sites, contracts
and so on). Everybody minus the parts that are shown is what the hidden parts hold together. So in
each division at least two parts are hidden or none, and the hidden ones together have nobody or at
least ``min_group`` people in each arm; the smallest shown parts are hidden on top until that holds.

Why a part is hidden is never said of a single part: "this one is small and that one stands beside
it" would bound both. Divisions are never crossed with each other, so nothing follows from two of
them that doesn't follow from each and the whole.

What this doesn't stop: somebody who knows that the smallest shown part is the one hidden on top can
narrow a hidden count down where several parts are about as small (in 2 of 5,000 random tables to
one number). Comparing the publications of two nights isn't looked at either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

WHOLE = "all"
PART_HIDDEN = (
    "hidden for privacy: too few people or coaches here, or in a group that could be worked out"
    " from this one"
)
_ESTIMATE = ("outcome", "horizon_days", "design", "estimand")
_Key = tuple[object, ...]


@dataclass
class _Part:
    row: int
    name: str
    counts: tuple[int, int] | None
    """People in arm a and arm b; None where they are hidden already."""


def hidden_parts(frame: pl.DataFrame, min_group: int) -> pl.Series:
    """Tell (n,) which rows of the comparison are parts to be hidden, those that are already too.

    ``frame`` has the columns of ``outcomes.comparison``; a part whose counts are NULL is hidden.
    """
    wholes: dict[_Key, tuple[int | None, int | None]] = {}
    divisions: dict[tuple[_Key, str], list[_Part]] = {}
    columns = (*_ESTIMATE, "segment", "segment_value", "n_people_a", "n_people_b")
    for row, (*estimate, segment, value, n_a, n_b) in enumerate(frame.select(columns).iter_rows()):
        if segment == WHOLE:
            wholes[tuple(estimate)] = (n_a, n_b)
        else:
            counts = None if n_a is None or n_b is None else (n_a, n_b)
            part = _Part(row, value, counts)
            divisions.setdefault((tuple(estimate), segment), []).append(part)
    is_hidden = [False] * frame.height
    for (key, _), parts in divisions.items():
        for part in _to_hide(parts, wholes.get(key, (None, None)), min_group):
            is_hidden[part.row] = True
    return pl.Series(is_hidden, dtype=pl.Boolean)


def _to_hide(
    parts: Sequence[_Part], whole: tuple[int | None, int | None], min_group: int
) -> list[_Part]:
    """Return the parts of one division to hide: the hidden ones and the smallest beside them."""
    hidden = [part for part in parts if part.counts is None]
    shown = sorted((part for part in parts if part.counts is not None), key=_size)
    while hidden and shown and not _is_safe(hidden, shown, whole, min_group):
        hidden.append(shown.pop(0))
    return hidden


def _size(part: _Part) -> tuple[bool, int, int, str]:
    """Order by the smaller arm, then by both; a part with an empty arm protects least."""
    n_a, n_b = part.counts or (0, 0)
    return min(n_a, n_b) == 0, min(n_a, n_b), n_a + n_b, part.name


def _is_safe(
    hidden: Sequence[_Part],
    shown: Sequence[_Part],
    whole: tuple[int | None, int | None],
    min_group: int,
) -> bool:
    """Tell whether the whole minus the shown parts says too little about any hidden one."""
    if len(hidden) < 2:
        return False
    for arm, total in enumerate(whole):
        if total is None:
            return False
        rest = total - sum(part.counts[arm] for part in shown if part.counts is not None)
        if 0 < rest < min_group:
            return False
    return True
