"""How coaches divide: by the mix of what they give, and by how many people they coach.

Coaches are told in bands, never one by one. Neighbouring bands stand together until each is of
enough coaches and enough people, so no band is hidden and nothing follows by subtraction. How many
of a band give both kinds is counted coach by coach, before bands stand together, and told only
where in no band those who do, or those who don't, are too few to be told of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from pipelines.core.limits import MIN_SESSIONS_OF_MIX, MIXED
from pipelines.core.status import SHOWN
from pipelines.measurement.practice_counts import FRACTION, NOTHING, MinimumSessions, Row, empty_row

MIX_EDGES = (0, 20, 40, 60, 80, 100)
SIZE_EDGES = (1, 5, 10, 20, 30, 50)


@dataclass(frozen=True)
class Band:
    """Coaches whose value lies from ``low`` to ``high`` (None: no upper end), and their people."""

    low: int
    high: int | None
    coaches: frozenset[str]
    people: frozenset[str]

    def joined(self, other: Band) -> Band:
        """Return this band and the next one as one."""
        return Band(self.low, other.high, self.coaches | other.coaches, self.people | other.people)


def coach_mix_rows(sessions: pl.DataFrame, arm_a: str, minimum: MinimumSessions) -> list[Row]:
    """Return coaches by the share of arm a among their sessions of the two kinds.

    ``sessions`` has agent_key, coach_key and arm; the two pure bands stand by themselves.
    ``n_coaches_both`` of a band gave both kinds, ``n_coaches_mixed`` within `MIXED`.
    """
    known = sessions.drop_nulls(["arm", "coach_key"])
    share = (
        known.group_by("coach_key")
        .agg(n=pl.len(), percent=100 * (pl.col("arm") == arm_a).mean())
        .filter(pl.col("n") >= MIN_SESSIONS_OF_MIX)
    )
    bands = [_band(known, share.filter(pl.col("percent") == 0), 0, 0)]
    for low, high in pairwise(MIX_EDGES):
        is_last = high == MIX_EDGES[-1]
        below = pl.col("percent") < high if is_last else pl.col("percent") <= high
        bands.append(_band(known, share.filter((pl.col("percent") > low) & below), low, high))
    bands.append(_band(known, share.filter(pl.col("percent") == 100), 100, 100))
    rows = _rows("coach_mix", bands, minimum, _mix_label)
    if rows[0]["status"] != SHOWN:
        return rows
    kinds = _kinds_given(merged(bands, minimum), known, share, minimum)
    return [row | told for row, told in zip(rows, kinds, strict=True)]


def _kinds_given(
    kept: Sequence[Band], known: pl.DataFrame, share: pl.DataFrame, minimum: MinimumSessions
) -> list[Row]:
    """Count in each band the coaches who give both kinds; NULL in all where some are too few."""

    def whose(condition: pl.Expr) -> frozenset[str]:
        return frozenset(share.filter(condition)["coach_key"])

    pure = whose(pl.col("percent").is_in([0.0, 100.0]))
    mixed = whose(pl.col("percent").is_between(*MIXED))
    every = whose(pl.lit(value=True))
    leaning = every - pure - mixed

    def is_told(*groups: frozenset[str]) -> bool:
        """Whether of every band each group is nobody or enough."""
        parts = [band.coaches & group for band in kept for group in groups]
        found = [
            _band(known, share.filter(pl.col("coach_key").is_in(sorted(part))), 0, 100)
            for part in parts
            if part
        ]
        return all(_is_enough(part, minimum) for part in found)

    both_told, mixed_told = is_told(pure, every - pure), is_told(pure, leaning, mixed)
    return [
        {
            "n_coaches_both": len(band.coaches - pure) if both_told else None,
            "n_coaches_mixed": len(band.coaches & mixed) if mixed_told else None,
        }
        for band in kept
    ]


def people_per_coach_rows(episodes: pl.DataFrame, minimum: MinimumSessions) -> list[Row]:
    """Return coaches by how many people followed had their first session with them.

    ``episodes`` has agent_key and coach_key.
    """
    known = episodes.drop_nulls("coach_key")
    size = known.group_by("coach_key").agg(n=pl.len())
    bands = []
    for low, above in zip(SIZE_EDGES, (*SIZE_EDGES[1:], None), strict=True):
        inside = (pl.col("n") >= low) & (True if above is None else pl.col("n") < above)
        high = None if above is None else above - 1
        bands.append(_band(known, size.filter(inside), low, high))
    return _rows("people_per_coach", bands, minimum, _size_label)


def merged(bands: Sequence[Band], minimum: MinimumSessions) -> list[Band]:
    """Return the bands with small ones joined to a neighbour; empty ones at the ends are gone."""
    left = [band for band in bands if band.coaches]
    while True:
        small = next((i for i, band in enumerate(left) if not _is_enough(band, minimum)), None)
        if small is None or len(left) < 2:
            return left
        first = small - 1 if small == len(left) - 1 else small
        left[first : first + 2] = [left[first].joined(left[first + 1])]


def _is_enough(band: Band, minimum: MinimumSessions) -> bool:
    return len(band.coaches) >= minimum.n_coaches and len(band.people) >= minimum.n_people


def _band(known: pl.DataFrame, coaches: pl.DataFrame, low: int, high: int | None) -> Band:
    keys = coaches["coach_key"]
    people = known.filter(pl.col("coach_key").is_in(keys.to_list()))["agent_key"]
    return Band(low, high, frozenset(keys), frozenset(people.unique()))


def _rows(
    topic: str, bands: Sequence[Band], minimum: MinimumSessions, label: Callable[[Band], str]
) -> list[Row]:
    kept = merged(bands, minimum)
    empty = empty_row() | {"topic": topic, "position": 0, "unit": FRACTION}
    if not kept:
        return [empty | {"measure": "all"} | NOTHING.columns()]
    if not _is_enough(kept[0], minimum):
        return [empty | {"measure": "all"} | minimum.too_few.columns()]
    n_coaches = sum(len(band.coaches) for band in kept)
    return [
        empty
        | {
            "measure": label(band),
            "position": position,
            "value": len(band.coaches) / n_coaches,
            "n_people": len(band.people),
            "n_coaches": len(band.coaches),
        }
        for position, band in enumerate(kept)
    ]


def _mix_label(band: Band) -> str:
    if band.low == band.high:
        return "all" if band.low else "none"
    return f"{band.low} to {band.high} per 100"


def _size_label(band: Band) -> str:
    return f"{band.low} or more" if band.high is None else f"{band.low} to {band.high}"
