"""Whose way of leaving follows from a year of publications, for whoever knows everything else.

The attacker knows every person's arm, day of leaving, site, role, tenure and weight, and keeps
every publication. Unknown is who left voluntarily, who involuntarily and who in another way. Every
figure published about kinds of exit is a linear inequality about the leavers behind it: it lies
within half a rounding step of the sum of their jumps of the incidence curve. A leaver's kind
follows if no solution of all inequalities has another one for them (linear programmes; Willenborg &
de Waal 2001, Elements of Statistical Disclosure Control, chapter 6).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
from scipy import sparse
from scipy.optimize import linprog

from pipelines.core.rounding import apportioned

KINDS = ("voluntary", "involuntary")
SLACK = 1e-6
"""What linear programmes can tell apart; figures off the grid have some sixteen digits."""


@dataclass(frozen=True)
class Person:
    """What everybody knows of somebody: never the kind."""

    key: str
    is_a: bool
    days: float
    has_left: bool
    weights: Mapping[str, float]
    """By design."""
    parts: Mapping[str, str]


@dataclass(frozen=True)
class Published:
    """One publication and what the attacker knows of the people behind it."""

    comparison: pl.DataFrame
    curve: pl.DataFrame
    people: Sequence[Person]
    months: Sequence[LeftInMonth] = ()


@dataclass(frozen=True)
class LeftInMonth:
    """What a month's row tells of how those left who are known to have left in it."""

    row: tuple[object, ...]
    """Which table, group and month."""
    leavers: Sequence[str]
    is_told: bool
    n_voluntary: int | None
    n_involuntary: int | None


@dataclass(frozen=True)
class Inequality:
    """Coefficients of leavers, and the range in which their sum for one kind lies."""

    kind: str
    of: Mapping[str, float]
    low: float
    high: float


def inequalities(
    publications: Sequence[Published], count_base: int, only: str | None = None
) -> list[Inequality]:
    """Everything that the publications say about kinds; a standing row is of its own cut.

    ``only`` "curve" looks at the curves alone, "rows" at everything else.
    """
    found: dict[tuple[object, ...], Inequality] = {}
    for published in publications:
        for key, each in _of(published, count_base):
            if only is None or ("curve" in key) == (only == "curve"):
                found.setdefault(key, each)
    return list(found.values())


def _of(published: Published, base: int) -> Iterator[tuple[tuple[object, ...], Inequality]]:
    until = published.comparison["data_until"].max()
    rows = published.comparison.filter(
        pl.col("outcome").is_in([f"{kind}_exit" for kind in KINDS]),
        pl.col("design").is_in(["unadjusted", "weighted"]),
        pl.col("estimand") == "risk_difference",
        pl.col("value_a").is_not_null(),
        pl.col("data_until") == until,
    )
    for row in rows.to_dicts():
        kind, day = row["outcome"].removesuffix("_exit"), row["horizon_days"]
        members = _members(published.people, row["segment"], row["segment_value"])
        name = (until, row["outcome"], row["design"], day, row["segment"], row["segment_value"])
        difference: dict[str, float] = {}
        for arm in "ab":
            own = [person for person in members if person.is_a == (arm == "a")]
            jumps = _jumps(own, row["design"], day)
            value, half = row[f"value_{arm}"], (row[f"rounding_{arm}"] or 0.0) / 2 + SLACK
            yield (*name, arm), Inequality(kind, jumps, value - half, value + half)
            sign = 1.0 if arm == "a" else -1.0
            difference |= {key: sign * jump for key, jump in jumps.items()}
            n, half = row[f"n_events_{arm}"], base / 2 + SLACK
            ones = dict.fromkeys(jumps, 1.0)
            yield (*name, arm, "n"), Inequality(kind, ones, n - half, n + half)
        half = (row["rounding"] or 0.0) / 2 + SLACK
        value = row["estimate"]
        yield (*name, "a-b"), Inequality(kind, difference, value - half, value + half)
    yield from _of_curve(published, until)
    yield from _of_months(published, until, base)


def _of_months(
    published: Published, until: object, base: int
) -> Iterator[tuple[tuple[object, ...], Inequality]]:
    """Between which numbers those of a month may lie, for all ways that would be told alike.

    A hidden row is told alike by all ways, unless hiding itself hangs on how people left.
    """
    for month in published.months:
        n = len(month.leavers)
        told = (month.n_voluntary, month.n_involuntary)
        if not n or not month.is_told:
            continue
        ways = _ways_told_alike(n, base)[told]
        for place, kind in enumerate(KINDS):
            numbers = [way[place] for way in ways]
            ones = dict.fromkeys(month.leavers, 1.0)
            low, high = min(numbers) - SLACK, max(numbers) + SLACK
            yield (until, *month.row, kind), Inequality(kind, ones, low, high)


@cache
def _ways_told_alike(n: int, base: int) -> Mapping[tuple[int, int], list[tuple[int, int]]]:
    """By what is told: the numbers by choice and of dismissals that so many leavers may be."""
    found: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for way in ((v, i) for v in range(n + 1) for i in range(n + 1 - v)):
        chose, dismissed, _ = apportioned([*way, n - sum(way)], base)
        found.setdefault((chose, dismissed), []).append(way)
    return found


def hidden_by_how(months: Sequence[LeftInMonth], min_leavers: int) -> list[LeftInMonth]:
    """The months whose hiding can only mean that all left in one way: enough did."""
    return [each for each in months if not each.is_told and len(each.leavers) >= min_leavers]


def _of_curve(
    published: Published, until: object
) -> Iterator[tuple[tuple[object, ...], Inequality]]:
    """The curve moves on days that the attacker can tell: there it was rounded anew."""
    curve = published.curve.filter(pl.col("data_until") == until, pl.col("design") == "unadjusted")
    steps = {
        arm: published.comparison.filter(
            pl.col("outcome") == "voluntary_exit",
            pl.col("design") == "unadjusted",
            pl.col("segment") == "all",
            pl.col("data_until") == until,
        )[f"rounding_{arm}"].max()
        for arm in "ab"
    }
    for (label,), own in curve.group_by(["arm"], maintain_order=True):
        arm = "a" if label == published.comparison["arm_a"][0] else "b"
        mine = [person for person in published.people if person.is_a == (arm == "a")]
        half = (steps[arm] or 0.0) / 2 + SLACK
        before = dict.fromkeys(KINDS, 0.0)
        for row in own.sort("day").to_dicts():
            jumps = _jumps(mine, "unadjusted", row["day"])
            for kind in KINDS:
                value = row[f"{kind}_exit"]
                if value is None or (steps[arm] and value == before[kind]):
                    continue
                yield (
                    (until, "curve", arm, row["day"], kind),
                    Inequality(kind, jumps, value - half, value + half),
                )
                before[kind] = value


def _members(people: Sequence[Person], segment: str, value: str) -> list[Person]:
    if segment == "all":
        return list(people)
    wanted = dict(zip(segment.split(" × "), value.split(" × "), strict=True))
    return [p for p in people if all(p.parts.get(name) == each for name, each in wanted.items())]


def _jumps(people: Sequence[Person], design: str, day: float) -> dict[str, float]:
    """By how much each leaver raises the incidence of their kind by a day (Aalen-Johansen)."""
    survival, jumps = 1.0, {}
    weight = {p.key: p.weights[design] for p in people}
    for moment in sorted({p.days for p in people if p.has_left and p.days <= day}):
        at_risk = sum(weight[p.key] for p in people if p.days >= moment)
        leavers = [p for p in people if p.has_left and p.days == moment]
        for leaver in leavers:
            jumps[leaver.key] = survival * weight[leaver.key] / at_risk
        survival *= 1.0 - sum(weight[p.key] for p in leavers) / at_risk
    return jumps


def certain_share(
    publications: Sequence[Published],
    truth: Mapping[str, str],
    count_base: int,
    only: str | None = None,
) -> float:
    """Of which share of those who are compared and have left the kind follows."""
    certain = certain_kinds(inequalities(publications, count_base, only), truth)
    left = {each.key for each in publications[-1].people if each.has_left}
    return len(certain & left) / len(left)


def certain_kinds(known: Sequence[Inequality], truth: Mapping[str, str]) -> set[str]:
    """Return the leavers of whom it follows whether they left voluntarily.

    ``truth`` has every leaver's kind; it only says which opposite has to be ruled out, and it must
    solve all inequalities itself.
    """
    leavers = sorted(truth)
    place = {key: position for position, key in enumerate(leavers)}
    matrix, low, high = _system(known, place)
    solution = np.array([truth[key] == kind for kind in KINDS for key in leavers], dtype=float)
    inside = matrix @ solution
    if not ((inside >= low - 1e-7) & (inside <= high + 1e-7)).all():
        raise AssertionError("the truth doesn't solve what was published: the attack is wrong")
    n = len(leavers)
    one_kind = sparse.hstack([sparse.identity(n), sparse.identity(n)])
    upper = sparse.vstack([matrix, -matrix, one_kind]).tocsr()
    limits = np.concatenate([high, -low, np.ones(n)])
    open_questions = set(leavers)
    certain: set[str] = set()
    while open_questions:
        asked = sorted(open_questions)
        for group in (asked, asked[:1]):
            # Push all open leavers to the opposite at once; who stays is asked alone.
            cost = np.zeros(2 * n)
            for key in group:
                cost[place[key]] = 1.0 if truth[key] == "voluntary" else -1.0
            found = linprog(cost, A_ub=upper, b_ub=limits, bounds=(0.0, 1.0), method="highs")
            if found.x is None:
                raise AssertionError(f"no solution: {found.message}")
            opposite = {
                key
                for key in asked
                if abs(found.x[place[key]] - float(truth[key] != "voluntary")) < 1e-6
            }
            open_questions -= opposite
            if opposite:
                break
            if len(group) == 1:
                certain |= set(group)
                open_questions -= set(group)
    return certain


def _system(
    known: Sequence[Inequality], place: Mapping[str, int]
) -> tuple[sparse.csr_matrix, np.ndarray, np.ndarray]:
    rows, columns, values, low, high = [], [], [], [], []
    for number, each in enumerate(known):
        shift = KINDS.index(each.kind) * len(place)
        scale = max((abs(jump) for jump in each.of.values()), default=1.0)
        rows += [number] * len(each.of)
        columns += [shift + place[key] for key in each.of]
        values += [coefficient / scale for coefficient in each.of.values()]
        low.append(each.low / scale)
        high.append(each.high / scale)
    shape = (len(known), 2 * len(place))
    return (
        sparse.csr_matrix((values, (rows, columns)), shape=shape),
        np.array(low),
        np.array(high),
    )
