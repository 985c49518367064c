"""What is told of a night: how it ended comes in, and which alerts it is worth goes out.

A trouble is told when it begins and when it has ended, however many nights it lasts and however
often a run is tried again. Nothing here sends, reads or writes anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pipelines.alerts.runbook import RunbookEntry, entry_for

Kind = Literal["failed", "refused", "late", "recovered"]
FAILED, REFUSED, LATE, RECOVERED, PUBLISHED = (
    "failed", "refused", "late", "recovered", "published",
)  # fmt: skip
N_RUNS_REMEMBERED = 50


@dataclass(frozen=True)
class LateSource:
    """A source whose newest event is older than its rhythm allows."""

    source: str
    age_days: int
    expected_days: int


@dataclass(frozen=True)
class NightEnd:
    """How a refresh ended.

    ``cause`` is the same for the same trouble on another night; ``summary`` is the line that says
    what happened, ``stands`` what is published now. ``late`` is None where nobody looked. ``gone``
    says what became of the place of deliveries, where all of them are gone at once.
    """

    run: str | None
    status: str
    cause: str
    summary: str
    stands: str
    late: tuple[LateSource, ...] | None = None
    gone: str | None = None


@dataclass(frozen=True)
class Alert:
    """One message: what happened, what still stands, and which runbook entry helps."""

    kind: Kind
    happened: str
    stands: str
    entry: RunbookEntry


@dataclass(frozen=True)
class Troubles:
    """What has been told and hasn't ended, and of which runs something was told."""

    refreshes: frozenset[str] = frozenset()
    late: frozenset[str] = frozenset()
    runs: tuple[str, ...] = field(default=())


def alerts_of(night: NightEnd, known: Troubles) -> tuple[list[Alert], Troubles]:
    """The alerts of a night, and what is known after it; none for a run that was told of."""
    if night.run is not None and night.run in known.runs:
        return [], known
    runs = known.runs if night.run is None else remembered(known.runs, night.run)
    gone = [] if night.gone is None else [_gone(night.gone, night.stands)]
    if night.status != PUBLISHED:
        alerts, after = _trouble(night, known, runs)
        return [*gone, *alerts], after
    late = known.late if night.late is None else frozenset(each.source for each in night.late)
    alerts = gone
    if new := [each for each in night.late or () if each.source not in known.late]:
        alerts.append(_late(new, night.stands))
    if ended := _ended(known, late):
        happened = f"{ended}. {night.summary}"
        alerts.append(Alert("recovered", happened, night.stands, entry_for(RECOVERED, "")))
    return alerts, Troubles(frozenset(), late, runs)


def remembered(runs: tuple[str, ...], run: str) -> tuple[str, ...]:
    """The runs of which nothing more is to be told, and one more of them."""
    return (*runs, run)[-N_RUNS_REMEMBERED:]


def _trouble(
    night: NightEnd, known: Troubles, runs: tuple[str, ...]
) -> tuple[list[Alert], Troubles]:
    trouble = f"{night.status} {night.cause}"
    after = Troubles(known.refreshes | {trouble}, known.late, runs)
    if trouble in known.refreshes:
        return [], after
    kind: Kind = "refused" if night.status == REFUSED else "failed"
    return [Alert(kind, night.summary, night.stands, entry_for(kind, night.cause))], after


def _late(new: list[LateSource], stands: str) -> Alert:
    each = "; ".join(
        f"{late.source}: its newest event is {late.age_days} days old, expected within "
        f"{late.expected_days}"
        for late in new
    )
    return Alert("late", f"Late: {each}", stands, entry_for(LATE, ""))


def _gone(gone: str, stands: str) -> Alert:
    return Alert("late", f"Late: {gone}", stands, entry_for(LATE, ""))


def _ended(known: Troubles, late: frozenset[str]) -> str:
    """Which troubles have ended, in words; empty if none has."""
    parts = []
    if known.refreshes:
        parts.append("The refresh publishes again")
    if on_time := sorted(known.late - late):
        parts.append(f"On time again: {', '.join(on_time)}")
    return ". ".join(parts)
