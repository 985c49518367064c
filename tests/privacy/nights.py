"""An organisation on frames, published night after night, and somebody who keeps every file.

The organisation's people have an arm, a site, a band of tenure, an exit perhaps, and a score
perhaps. Publishing goes through the same functions as a refresh; only the estimators are left out,
because counts and means tell more than any estimate made of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np
import polars as pl

from pipelines.contracts.tables import load_tables
from pipelines.outcomes.divisions import CROSS
from pipelines.privacy.ledger import CONTRIBUTION_SCHEMA
from pipelines.privacy.nights import EVERYTHING_GOES_OUT, Ledger, after, dated, decide, to_publish

FIRST_NIGHT = dt.date(2026, 1, 1)
MIN_GROUP = 10
TABLE = "outcomes.comparison"
KEYS = {table.full_name: table.key for table in load_tables()}
DIVISIONS = ((), ("site",), ("tenure_band",), ("site", "tenure_band"))
ARMS = ("a", "b")
KINDS = ("voluntary_exit", "involuntary_exit", "any_exit")


@dataclass(frozen=True)
class Person:
    """One person on one night; ``exit`` is the kind and the day."""

    key: str
    arm: str
    site: str
    tenure_band: str
    exit: tuple[str, int] | None = None
    score: float | None = None

    def cell(self, division: tuple[str, ...]) -> tuple[str, str]:
        if not division:
            return "all", "all"
        return CROSS.join(division), CROSS.join(getattr(self, name) for name in division)


Staff = dict[str, Person]


def staff(seed: int, n_people: int = 400, n_sites: int = 3) -> Staff:
    """People over two arms, some sites and two bands; a quarter have left, most have a score."""
    rng = np.random.default_rng(seed)
    people = {}
    for number in range(n_people):
        person = joiner(rng, f"p{number:04}", n_sites)
        if rng.random() < 0.25:
            person = left(rng, person)
        if rng.random() < 0.8:
            person = scored(rng, person)
        people[person.key] = person
    return people


def joiner(rng: np.random.Generator, key: str, n_sites: int = 3) -> Person:
    site = "ABCDEFGH"[rng.integers(n_sites)]
    return Person(key, ARMS[rng.integers(2)], site, ("new", "old")[rng.integers(2)])


def left(rng: np.random.Generator, person: Person, kind: str | None = None) -> Person:
    kind = kind or ("voluntary", "involuntary")[int(rng.random() < 0.3)]
    return replace(person, exit=(kind, int(rng.integers(1, 300))))


def scored(rng: np.random.Generator, person: Person) -> Person:
    return replace(person, score=round(float(rng.uniform(0, 100)), 6))


def contributions(people: Staff) -> pl.DataFrame:
    """What everybody contributes, as the warehouse says it; most dimensions don't matter here."""
    rows = []
    for person in people.values():
        entry = f"{person.arm} {person.site} {person.tenure_band}"
        place = [person.site, "agent", person.tenure_band, "full_time", "2025-Q1"]
        exit_ = None if person.exit is None else f"{person.exit[0]} {person.exit[1]}"
        score = None if person.score is None else str(person.score)
        for family, own in (("entry", entry), ("exits", exit_), ("morale", score)):
            whole = f"{entry} {own or ''}"
            rows.append((family, person.key, "", person.arm, place, own, whole))
    return pl.DataFrame(rows, schema=CONTRIBUTION_SCHEMA, orient="row")


def comparison(people: Staff) -> pl.DataFrame:
    """Tonight's comparison: how many left in each way, and the mean score, by part and arm."""
    rows = []
    for division in DIVISIONS:
        groups: dict[tuple[str, str], list[Person]] = {}
        for person in people.values():
            groups.setdefault(person.cell(division), []).append(person)
        for (segment, value), members in groups.items():
            for outcome in KINDS:
                rows.append(_row(outcome, segment, value, _left(members, outcome)))
            rows.append(_row("morale", segment, value, _answered(members)))
    return pl.DataFrame(rows, infer_schema_length=None, schema_overrides={"reason": pl.String})


def _row(
    outcome: str, segment: str, value: str, arms: list[dict[str, float | None]]
) -> dict[str, object]:
    row: dict[str, object] = {
        "outcome": outcome,
        "horizon_days": 365,
        "design": "unadjusted",
        "estimand": "mean_difference" if outcome == "morale" else "risk_difference",
        "segment": segment,
        "segment_value": value,
        "verdict": "no_clear_difference",
        "reason": None,
    }
    for arm, numbers in zip(ARMS, arms, strict=True):
        row |= {f"{name}_{arm}": number for name, number in numbers.items()}
    return row


def _left(members: list[Person], outcome: str) -> list[dict[str, float | None]]:
    arms = []
    for arm in ARMS:
        mine = [person for person in members if person.arm == arm]
        gone = [person for person in mine if person.exit is not None]
        if outcome != "any_exit":
            gone = [person for person in gone if f"{person.exit[0]}_exit" == outcome]  # type: ignore[index]
        arms.append({"n_people": len(mine), "n_events": len(gone), "value": len(gone) / 1.0})
    return arms


def _answered(members: list[Person]) -> list[dict[str, float | None]]:
    arms = []
    for arm in ARMS:
        scores = [p.score for p in members if p.arm == arm and p.score is not None]
        mean = sum(scores) / len(scores) if scores else None
        arms.append({"n_people": len(scores), "n_events": None, "value": mean})
    return arms


@dataclass
class Publisher:
    """Publishes night after night; without ``holds_back`` every night shows all there is."""

    holds_back: bool = True
    min_group: int = MIN_GROUP
    ledger: Ledger = field(default_factory=Ledger.empty)
    published: list[pl.DataFrame] = field(default_factory=list)
    truth: list[Staff] = field(default_factory=list)

    def night(self, people: Staff) -> pl.DataFrame:
        now, tonight = contributions(people), {TABLE: comparison(people)}
        day = FIRST_NIGHT + dt.timedelta(days=len(self.published))
        standing = {TABLE: self.published[-1]} if self.published else {}
        decision = EVERYTHING_GOES_OUT
        if self.published and self.holds_back:
            decision = decide(now, self.ledger, tonight, self.min_group)
        out = to_publish(dated(tonight, day), standing, KEYS, decision.held, self.min_group)[TABLE]
        self.ledger = after(self.ledger, now, tonight, decision, day)
        self.published.append(out)
        self.truth.append(dict(people))
        return out


Facts = tuple[float, ...]
"""What adds up over people: people and leavers by kind; or people with a score and their sum."""
Known = Mapping[tuple[str, str, tuple[str, str]], list[Facts]]
"""By topic, arm and cell: every value that somebody can read or work out."""


def recovered(publisher: Publisher) -> list[tuple[object, ...]]:
    """Small groups whose facts follow from the files of two nights.

    The attacker reads every cell of every night, works out each from the whole and its other parts
    and from its own parts, and subtracts anything of one night from anything of another. It is a
    success where the difference is exactly what 1 to ``min_group`` - 1 people changed between two
    nights in that cell and arm.
    """
    nights = [_readable(frame) for frame in publisher.published]
    found: list[tuple[object, ...]] = []
    for (early, before), (late, now) in _pairs(nights):
        moved = _moved(publisher.truth[early], publisher.truth[late])
        for key in before.keys() & now.keys():
            topic, arm, cell = key
            change, n_changed = _truth(moved, topic, arm, cell)
            if not 0 < n_changed < publisher.min_group or not any(change):
                continue
            if any(
                np.allclose(np.subtract(after_, before_), change, atol=1e-6)
                for after_, before_ in product(now[key], before[key])
            ):
                found.append((early, late, topic, arm, cell, n_changed, change))
    return found


def _pairs(nights: list[Known]) -> Iterator[tuple[tuple[int, Known], tuple[int, Known]]]:
    for early in range(len(nights)):
        for late in range(early + 1, len(nights)):
            yield (early, nights[early]), (late, nights[late])


def _readable(frame: pl.DataFrame) -> Known:
    """Everything that one night's file says of each cell, directly or by subtraction."""
    direct: dict[tuple[str, str, tuple[str, str]], Facts] = {}
    cells = {(row["segment"], row["segment_value"]) for row in frame.to_dicts()}
    by_cell: dict[tuple[str, str], dict[str, dict[str, float]]] = {cell: {} for cell in cells}
    for row in frame.to_dicts():
        by_cell[row["segment"], row["segment_value"]][row["outcome"]] = row
    for cell, rows in by_cell.items():
        for arm in ARMS:
            exits = [rows[kind] for kind in KINDS]
            counts = [exits[0][f"n_people_{arm}"], *(row[f"n_events_{arm}"] for row in exits)]
            if None not in counts:
                direct["exits", arm, cell] = tuple(counts)
            n, mean = rows["morale"][f"n_people_{arm}"], rows["morale"][f"value_{arm}"]
            if n and mean is not None:
                direct["morale", arm, cell] = (n, n * mean)
    known = {key: [facts] for key, facts in direct.items()}
    for (topic, arm, whole), parts in _divided(direct):
        total = direct[topic, arm, whole]
        values = np.array([direct[topic, arm, part] for part in parts])
        known[topic, arm, whole].append(tuple(values.sum(axis=0)))
        for position, part in enumerate(parts):
            others = np.delete(values, position, axis=0).sum(axis=0)
            known[topic, arm, part].append(tuple(np.subtract(total, others)))
    return known


def _divided(
    direct: Mapping[tuple[str, str, tuple[str, str]], Facts],
) -> Iterator[tuple[tuple[str, str, tuple[str, str]], list[tuple[str, str]]]]:
    """Every whole with each way of dividing it, where all of it can be read."""
    for topic, arm, (segment, value) in direct:
        own = dict(zip(segment.split(CROSS), value.split(CROSS), strict=True))
        own = {} if segment == "all" else own
        for division in DIVISIONS:
            if len(division) != len(own) + 1 or not set(own) <= set(division):
                continue
            parts = [
                cell
                for t, a, cell in direct
                if (t, a, cell[0]) == (topic, arm, CROSS.join(division))
                and own.items() <= dict(zip(division, cell[1].split(CROSS), strict=True)).items()
            ]
            if parts:
                yield (topic, arm, (segment, value)), parts


Moved = list[tuple[Person | None, Person | None]]
"""Everybody who isn't the same on two nights: then and now."""


def _moved(before: Staff, now: Staff) -> Moved:
    keys = before.keys() | now.keys()
    return [(before.get(k), now.get(k)) for k in keys if before.get(k) != now.get(k)]


def _truth(moved: Moved, topic: str, arm: str, cell: tuple[str, str]) -> tuple[Facts, int]:
    """What really changed in a cell and arm between two nights, and for how many people."""
    division = () if cell[0] == "all" else tuple(cell[0].split(CROSS))
    total = np.zeros(4 if topic == "exits" else 2)
    changed = 0
    for pair in moved:
        then, today = (_facts(person, topic, arm, division, cell) for person in pair)
        total += today - then
        changed += bool(np.any(then != today))
    return tuple(total), changed


def _facts(
    person: Person | None, topic: str, arm: str, division: tuple[str, ...], cell: tuple[str, str]
) -> np.ndarray:
    if person is None or person.arm != arm or person.cell(division) != cell:
        return np.zeros(4 if topic == "exits" else 2)
    if topic == "exits":
        kind = person.exit[0] if person.exit else None
        return np.array([1, kind == "voluntary", kind == "involuntary", kind is not None], float)
    return np.zeros(2) if person.score is None else np.array([1.0, person.score])
