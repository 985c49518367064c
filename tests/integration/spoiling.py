"""A corrupter that knows exactly which rows it spoiled, and by which rule each must be found."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from pipelines.simulation.centre import SampleWorld

SHARE = 0.01
"""One row in a hundred, in every source."""

IRREPLACEABLE = frozenset({"roster", "coaching_sessions", "attrition"})
"""A person whose only roster row, first session or exit is unreadable is lost to any pipeline, and
one person in a hundred fewer moves an estimate by some hundredths of its interval by chance alone.
Their good rows are never spoiled, only copies of them."""

EVERY_SOURCE = frozenset({*IRREPLACEABLE, "fatigue_surveys", "shifts", "performance", "training"})


@dataclass(frozen=True)
class Kind:
    """One way to spoil a row: the column, what is written into it, and the rule it breaks.

    ``column`` None spoils the record: ``value`` is put behind its end.
    """

    source: str
    column: str | None
    value: str
    rule: str


KINDS = (
    Kind("roster", "hire_date", "", "required"),
    Kind("roster", "effective_date", "31/12/2025", "type"),
    Kind("roster", "weekly_hours", "400", "range"),
    Kind("roster", "weekly_hours", "forty", "type"),
    Kind("roster", "employment_type", "zero_hours", "allowed_values"),
    Kind("coaching_sessions", "employee_id", "  ", "required"),
    Kind("coaching_sessions", "started_at", "2025-13-45T09:00:00", "type"),
    Kind("coaching_sessions", "started_at", "9999-12-31T00:00:00", "range"),
    Kind("coaching_sessions", "duration_minutes", "-5", "range"),
    Kind("coaching_sessions", "modality", "fax", "allowed_values"),
    Kind("coaching_sessions", "asked_desired_future", "maybe", "type"),
    Kind("fatigue_surveys", "instrument", "tea leaves", "allowed_values"),
    Kind("fatigue_surveys", "emotional_exhaustion", "101", "range"),
    Kind("fatigue_surveys", "morale", "high", "type"),
    Kind("shifts", "scheduled_hours", "1.5h", "type"),
    Kind("shifts", "absent_hours", "-1", "range"),
    Kind("shifts", "absence_type", "holiday", "allowed_values"),
    Kind("shifts", None, "surplus", "wrong_field_count"),
    Kind("attrition", "separation_type", "", "required"),
    Kind("attrition", "separation_type", "fired", "allowed_values"),
    Kind("attrition", "separation_date", "2025-02-30", "type"),
    Kind("performance", "csat_mean", "7", "range"),
    Kind("performance", "contacts_handled", "3.5", "type"),
    Kind("training", "completed_on", "May 2025", "type"),
)


@dataclass
class Spoiled:
    """Every spoiled row: source, line and rule, with the column (None for a whole record)."""

    rows: set[tuple[str, int, str, str | None]] = field(default_factory=set)

    @property
    def n_kinds(self) -> int:
        """How many ways of spoiling were used."""
        return len({(source, column, rule) for source, _, rule, column in self.rows})


def write_spoiled(
    world: SampleWorld,
    landing: Path,
    *,
    share: float,
    seed: int,
    beside: frozenset[str] = EVERY_SOURCE,
) -> Spoiled:
    """Write one CSV file per source of a sample, with ``share`` of its rows spoiled.

    In the sources ``beside`` the spoiled rows are copies that follow the good ones, as re-exports
    bring them, and must not replace the good row of their key. In the others the good row itself
    is spoiled, and what it said is gone. Rows that aren't spoiled stand on the same lines
    whatever the share is.
    """
    chance, spoiled = random.Random(seed), Spoiled()
    for source in dict.fromkeys(kind.source for kind in KINDS):
        kinds = [kind for kind in KINDS if kind.source == source]
        lines = _lines(world.frame(source))
        names = lines[0]
        n_bad = round(share * (len(lines) - 1))
        for number, position in enumerate(sorted(chance.sample(range(1, len(lines)), n_bad))):
            kind = kinds[number % len(kinds)]
            if source in beside:
                lines.append(list(lines[position]))
                position = len(lines) - 1
            if kind.column is None:
                lines[position].append(kind.value)
            else:
                lines[position][names.index(kind.column)] = kind.value
            spoiled.rows.add((source, position + 1, kind.rule, kind.column))
        _write(lines, landing / source / f"{source}.csv")
    return spoiled


def _lines(frame: pl.DataFrame) -> list[list[str]]:
    text = frame.write_csv(datetime_format="%Y-%m-%dT%H:%M:%S")
    lines = list(csv.reader(io.StringIO(text)))
    assert not any("\n" in value for line in lines for value in line)
    return lines


def _write(lines: list[list[str]], path: Path) -> None:
    path.parent.mkdir(parents=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(lines)
