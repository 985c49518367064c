"""What is done in coaching, read from ``outcomes.coaching_practice``: pairs of the two kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboards.data import SiteData
from dashboards.estimates import missing_word, records
from dashboards.formats import capitalised, count
from pipelines.core.status import NO_DATA, SHOWN, SUPPRESSED

Row = Mapping[str, Any]
POOLED = "other"
"""The measure under which sessions stand together that are too few to be told apart."""
WHOLE = "all"
"""The measure of a topic that has no figure in a kind."""
NONE = "none"
"""What stands for a measure that none of a kind's sessions have."""


@dataclass(frozen=True)
class Side:
    """One kind's number: a share (0-1) or a mean, over how many; None unless it is shown."""

    value: float | None = None
    n_people: int | None = None
    n_coaches: int | None = None
    n_sessions: int | None = None
    status: str = SHOWN
    is_none: bool = False
    """Whether the kind has figures of the topic and none of this measure."""

    @property
    def missing(self) -> str:
        """What stands in place of the value."""
        return NONE if self.is_none else missing_word(self.status)


@dataclass(frozen=True)
class Pair:
    """One thing counted in both kinds of coaching."""

    measure: str
    a: Side
    b: Side
    gap: float = 0.0
    """First kind minus second; 0 where one isn't shown."""
    is_same: bool = True
    """Whether both numbers are about the same: not so of pooled rests of different parts."""

    @property
    def label(self) -> str:
        """The measure as people read it: "Told what to fix"."""
        return capitalised(self.measure.replace("_", " "))

    @property
    def is_shown(self) -> bool:
        """Whether both kinds have a number, of the same."""
        return self.is_same and self.a.value is not None and self.b.value is not None

    @property
    def sizes(self) -> str:
        """The sessions behind the two, for a table's cell."""
        a, b = _size(self.a), _size(self.b)
        return a if a == b == self.a.missing else f"{a} and {b}"


def _size(side: Side) -> str:
    return count(side.n_sessions) if side.n_sessions is not None else side.missing


def rows_of(data: SiteData, topic: str) -> list[Row]:
    """Return a topic's rows in their order."""
    rows = [row for row in records(data.coaching_practice) if row["topic"] == topic]
    return sorted(rows, key=lambda row: (row["measure"] if row["level"] else "", row["position"]))


def pairs_of(data: SiteData, topic: str) -> list[Pair]:
    """Return a topic's measures, each with both kinds.

    A measure that one kind lacks is in none of its sessions that are told apart: they
    stand, hidden, among that kind's pooled ones where it has such, else there are none.
    """
    sides: dict[str, dict[str, Side]] = {}
    gaps: dict[str, float | None] = {}
    for row in rows_of(data, topic):
        names = ("value", "n_people", "n_coaches", "n_sessions", "status")
        side = Side(**{name: row[name] for name in names})
        sides.setdefault(row["measure"], {})[row["arm"]] = side
        gaps[row["measure"]] = row["gap"]
    absent_a, absent_b = (_absent(sides, arm) for arm in (data.arm_a, data.arm_b))
    told = [measure for measure in sides if measure != WHOLE] or [*sides]
    return [
        Pair(
            measure,
            sides[measure].get(data.arm_a, absent_a),
            sides[measure].get(data.arm_b, absent_b),
            gaps[measure] or 0.0,
            measure != POOLED or gaps[measure] is not None,
        )
        for measure in told
    ]


def _absent(sides: Mapping[str, Mapping[str, Side]], arm: str) -> Side:
    """Return what stands for a measure without a row of this kind."""
    if arm in sides.get(POOLED, {}):
        return Side(status=SUPPRESSED)
    has_figures = any(found[arm].value is not None for found in sides.values() if arm in found)
    return (
        Side(is_none=True) if has_figures else sides.get(WHOLE, {}).get(arm, Side(status=NO_DATA))
    )


def summary_of(data: SiteData, topic: str) -> Row | None:
    """Return what a topic's shown figures come to; None where the topic has no row."""
    rows = (row for row in records(data.practice_summary) if row["topic"] == topic)
    return next(rows, None)


def most_apart(data: SiteData, topic: str) -> Pair | None:
    """Return the pair whose two numbers differ most; None where no pair is shown."""
    summary = summary_of(data, topic)
    if summary is None:
        return None
    return next((p for p in pairs_of(data, topic) if p.measure == summary["most"]), None)


def shown_pairs(data: SiteData, topic: str) -> list[Pair]:
    """Return the measures of which both kinds show a number."""
    return [pair for pair in pairs_of(data, topic) if pair.is_shown]


def missing_words(pairs: list[Pair]) -> list[str]:
    """Return what stands in the place of the numbers that aren't shown, each word once."""
    sides = (side for pair in pairs for side in (pair.a, pair.b))
    return sorted({side.missing for side in sides if side.value is None and not side.is_none})
