"""What is done in coaching sessions, by kind; who coaches whom; who was trained: counts and shares.

Everything here is made for people to read, so small groups are dealt with while counting:

* A share is shown only where both the sessions with and those without are of enough people and
  enough coaches; 0 % and 100 % would say something of everybody.
* Rare categories stand together until what they hold is large enough; nothing is hidden among
  shares that add up, so nothing can be worked out by subtraction.
* A mean is shown only where no one person makes more than half of its sum.

Frames in, one frame out (`PRACTICE_SCHEMA`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipelines.contracts.behaviours import BEHAVIOURS
from pipelines.core.status import NO_DATA, SHOWN, TOO_EARLY, Absence, suppressed

PRACTICE_SCHEMA: dict[str, pl.DataType] = {
    "topic": pl.String(),
    "measure": pl.String(),
    "level": pl.String(),
    "arm": pl.String(),
    "position": pl.Int64(),
    "value": pl.Float64(),
    "unit": pl.String(),
    "n_people": pl.Int64(),
    "n_coaches": pl.Int64(),
    "n_coaches_both": pl.Int64(),
    "n_coaches_mixed": pl.Int64(),
    "n_sessions": pl.Int64(),
    "status": pl.String(),
    "reason": pl.String(),
}
POOLED = "other"
"""What rare categories are called together; a category of that name is one of them."""
WINDOW_DAYS = 180
FRACTION = "fraction 0-1"
NOTHING = Absence(NO_DATA, "no data")
NOBODY_YET = Absence(TOO_EARLY, "too early")
_WHO = ("agent_key", "coach_key")
"""Of sessions, whom they are of: what is counted beside the one column that is looked at."""
Row = dict[str, Any]


@dataclass(frozen=True)
class MinimumSessions:
    """How many people and how many coaches a number must at least be about."""

    n_people: int
    n_coaches: int

    @property
    def too_few(self) -> Absence:
        """What stands in the place of a number about fewer."""
        return suppressed(self._limits)

    @property
    def too_few_of_share(self) -> Absence:
        """What stands in the place of a share with too few on either side."""
        return suppressed(f"{self._limits} with it, or without it")

    @property
    def _limits(self) -> str:
        return f"fewer than {self.n_people} people or {self.n_coaches} coaches"

    def holds(self, sessions: pl.DataFrame) -> bool:
        """Tell whether sessions (agent_key, coach_key) are of enough people and coaches."""
        return (
            sessions["agent_key"].n_unique() >= self.n_people
            and sessions["coach_key"].drop_nulls().n_unique() >= self.n_coaches
        )


def session_rows(
    sessions: pl.DataFrame, arms: Sequence[str], minimum: MinimumSessions, data_until: Any
) -> list[Row]:
    """Return behaviours, length, modality, trigger and follow-ups of the sessions of each arm.

    ``sessions`` has columns of ``marts.coaching_session``; ``data_until`` is the last day
    that counts: a follow-up due later isn't judged, one done later isn't done.
    """
    rows: list[Row] = []
    for arm in arms:
        mine = sessions.filter(pl.col("arm") == arm)
        for position, name in enumerate(BEHAVIOURS):
            rows.append(_share(mine, pl.col(name), minimum, "behaviour", name, arm, position))
        rows.append(
            _share(mine, pl.col("agreed_follow_up"), minimum, "follow_up", "agreed", arm, 0)
        )
        due = mine.filter(pl.col("follow_up_due") <= data_until)
        is_done = (pl.col("follow_up_done") <= data_until).fill_null(False)
        rows.append(_share(due, is_done, minimum, "follow_up", "done", arm, 1))
        rows.append(_mean(mine, "duration_minutes", minimum, "length", "minutes", arm))
        for topic in ("modality", "trigger"):
            known = mine.select(*_WHO, topic).drop_nulls(topic)
            rows += _category_rows(known, topic, minimum, arm)
    return rows


def sessions_per_agent_rows(
    episodes: pl.DataFrame, arms: Sequence[str], minimum: MinimumSessions
) -> list[Row]:
    """Return the mean number of sessions in days 0 to 180 of agents followed that long.

    ``episodes`` has agent_key, coach_key (of day 0), arm, follow_up_days and n_sessions_180.
    """
    followed = episodes.filter(pl.col("follow_up_days") >= WINDOW_DAYS)
    rows = []
    for arm in arms:
        mine = followed.filter(pl.col("arm") == arm)
        row = _mean(mine, "n_sessions_180", minimum, "sessions_per_agent", "sessions", arm)
        if row["status"] == NO_DATA and followed.is_empty() and not episodes.is_empty():
            row |= NOBODY_YET.columns()
        n_sessions = int(mine["n_sessions_180"].sum()) if row["status"] == SHOWN else None
        rows.append(row | {"n_sessions": n_sessions})
    return rows


def practice_table(rows: Iterable[Row]) -> pl.DataFrame:
    """Return rows as one frame."""
    return pl.DataFrame(list(rows), schema=PRACTICE_SCHEMA)


def _share(
    sessions: pl.DataFrame,
    is_seen: pl.Expr,
    minimum: MinimumSessions,
    topic: str,
    measure: str,
    arm: str,
    position: int,
) -> Row:
    """Return the share of sessions in which something was seen, of those where it is known."""
    known = sessions.select(*_WHO, _seen=is_seen).drop_nulls("_seen")
    row = _row(topic, measure, arm, position, FRACTION)
    if known.is_empty():
        return row | NOTHING.columns() | _counts(known)
    if not all(minimum.holds(known.filter(pl.col("_seen") == side)) for side in (True, False)):
        return row | minimum.too_few_of_share.columns()
    return row | _counts(known) | {"value": known["_seen"].mean()}


def _mean(
    sessions: pl.DataFrame, column: str, minimum: MinimumSessions, topic: str, unit: str, arm: str
) -> Row:
    """Return the mean of a column over its known values."""
    known = sessions.select(*_WHO, column).drop_nulls(column)
    row = _row(topic, topic, arm, 0, unit)
    if known.is_empty():
        return row | NOTHING.columns() | _counts(known)
    if not minimum.holds(known) or _is_dominated(known, column):
        return row | minimum.too_few.columns()
    return row | _counts(known) | {"value": known[column].cast(pl.Float64).mean()}


def _is_dominated(known: pl.DataFrame, column: str) -> bool:
    """Tell whether one person makes more than half of the sum."""
    by_person = known.group_by("agent_key").agg(pl.col(column).sum())[column]
    largest, total = by_person.max(), by_person.sum()
    return 2 * float(largest or 0) > float(total)  # type: ignore[arg-type]


def _category_rows(
    known: pl.DataFrame, topic: str, minimum: MinimumSessions, arm: str
) -> list[Row]:
    """Return the share of each category, the rare ones together; they add up to 1."""

    def of(names: Sequence[str]) -> pl.DataFrame:
        return known.filter(pl.col(topic).is_in(names))

    sizes = dict(known.group_by(topic).len().iter_rows())
    groups = pooled(sizes, lambda names: minimum.holds(of(names)))
    if len(groups) < 2:
        why = minimum.too_few_of_share if sizes else NOTHING
        return [_row(topic, "all", arm, 0, FRACTION) | why.columns()]
    rows = []
    for position, (name, members) in enumerate(groups.items()):
        part = of(members)
        value = part.height / known.height
        rows.append(_row(topic, name, arm, position, FRACTION) | _counts(part) | {"value": value})
    return rows


def pooled(
    sizes: Mapping[str, int], is_enough: Callable[[Sequence[str]], bool]
) -> dict[str, list[str]]:
    """Return categories by the name they are shown under, the largest first.

    Those that aren't ``is_enough`` stand together as `POOLED`, at the end; the smallest others
    join them until together they are, so what all that is shown leaves over is never small.
    """
    ordered = sorted(sizes, key=lambda name: (-sizes[name], name))
    rare = [name for name in ordered if not is_enough([name])]
    if rare and POOLED in ordered and POOLED not in rare:
        rare.append(POOLED)
    common = [name for name in ordered if name not in rare]
    while rare and common and not is_enough(rare):
        rare.append(common.pop())
    return {name: [name] for name in common} | ({POOLED: rare} if rare else {})


def empty_row() -> Row:
    """Return a row whose columns are still to be filled."""
    return dict.fromkeys(PRACTICE_SCHEMA) | {"status": SHOWN}


def _row(topic: str, measure: str, arm: str | None, position: int, unit: str) -> Row:
    named = {"topic": topic, "measure": measure, "arm": arm, "position": position, "unit": unit}
    return empty_row() | named


def _counts(sessions: pl.DataFrame) -> Row:
    return {
        "n_people": sessions["agent_key"].n_unique(),
        "n_coaches": sessions["coach_key"].drop_nulls().n_unique(),
        "n_sessions": sessions.height,
    }
