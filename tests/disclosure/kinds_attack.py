"""Whose way of leaving follows from a year of publications, for whoever knows everything else.

The attacker knows every person's arm, day of leaving, site, role, tenure and weight, and keeps
every publication. Unknown is who left voluntarily, who involuntarily and who in another way. Every
figure published about kinds of exit is a linear inequality about the leavers behind it: it lies
within half a rounding step of the sum of their jumps of the incidence curve. A leaver's kind
follows if no solution of all inequalities has another one for them (Willenborg & de Waal 2001,
Elements of Statistical Disclosure Control, chapter 6): no solution in fractions of people (linear
programmes, here), or none in whole people, which is what they are (`whole_people`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse
from scipy.optimize import linprog

from pipelines.core.rounding import COARSER_IN_PARTS, apportioned

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
    """Coefficients of leavers by kind, and the range in which their sum lies."""

    of: Mapping[tuple[str, str], float]
    """By kind and leaver."""
    low: float
    high: float


def _about(kinds: Sequence[str], of: Mapping[str, float], low: float, high: float) -> Inequality:
    """The same coefficients for each of some kinds."""
    return Inequality({(kind, key): each for kind in kinds for key, each in of.items()}, low, high)


def inequalities(
    publications: Sequence[Published], count_base: int, only: str | None = None
) -> list[Inequality]:
    """Everything that the publications say about kinds; a standing row is of its own cut.

    ``only`` "curve" looks at the curves alone, "rows" at everything else. What is told of the same
    leavers with the same weights is one inequality.
    """
    found: dict[tuple[object, ...], Inequality] = {}
    for published in publications:
        for key, each in _of(published, count_base):
            if only is None or ("curve" in key) == (only == "curve"):
                found.setdefault(key, each)
    merged: dict[frozenset[tuple[tuple[str, str], float]], Inequality] = {}
    for each in found.values():
        same = merged.setdefault(frozenset(each.of.items()), each)
        if same is not each:
            low, high = max(same.low, each.low), min(same.high, each.high)
            merged[frozenset(each.of.items())] = Inequality(each.of, low, high)
    return [each for each in merged.values() if each.of]


def _of(published: Published, base: int) -> Iterator[tuple[tuple[object, ...], Inequality]]:
    until = published.comparison["data_until"].max()
    rows = published.comparison.filter(
        pl.col("outcome").is_in([f"{kind}_exit" for kind in KINDS]),
        pl.col("design").is_in(["unadjusted", "weighted"]),
        pl.col("value_a").is_not_null(),
        pl.col("data_until") == until,
    )
    for row in rows.to_dicts():
        name = tuple(row[each] for each in ("data_until", "outcome", "estimand", "design"))
        name += (row["horizon_days"], row["segment"], row["segment_value"])
        members = _members(published.people, row["segment"], row["segment_value"])
        for what, each in _of_row(row, members, base):
            yield (*name, what), each
    yield from _of_curve(published, until)
    yield from _of_months(published, until, base)


def _of_row(
    row: Mapping[str, Any], members: Sequence[Person], base: int
) -> Iterator[tuple[str, Inequality]]:
    """What both arms, their difference or ratio, and the counts of a row say."""
    kinds, day = (row["outcome"].removesuffix("_exit"),), row["horizon_days"]
    base *= COARSER_IN_PARTS if row["segment"] != "all" else 1
    is_days = row["estimand"] == "rmst_difference_days"
    weights: dict[str, dict[str, float]] = {}
    for arm in "ab":
        own = [person for person in members if person.is_a == (arm == "a")]
        jumps = _jumps(own, row["design"], day)
        value, half = row[f"value_{arm}"], (row[f"rounding_{arm}"] or 0.0) / 2 + SLACK
        if is_days:
            days = {person.key: day - person.days for person in own}
            jumps, value = {key: each * days[key] for key, each in jumps.items()}, day - value
            half += SLACK * day
        yield arm, _about(kinds, jumps, value - half, value + half)
        n, half = row[f"n_events_{arm}"], base / 2 + SLACK
        yield f"n_{arm}", _about(kinds, dict.fromkeys(jumps, 1.0), n - half, n + half)
        weights[arm] = jumps
    if row["estimate"] is None:
        return
    half = (row["rounding"] or 0.0) / 2 + SLACK * (day if is_days else 1)
    low, high = row["estimate"] - half, row["estimate"] + half
    if row["estimand"] == "risk_ratio":
        for what, times, limits in (
            ("most", high, (-np.inf, SLACK)),
            ("least", low, (-SLACK, np.inf)),
        ):
            apart = weights["a"] | {key: -times * each for key, each in weights["b"].items()}
            yield what, _about(kinds, apart, *limits)
        return
    sign = -1.0 if is_days else 1.0
    apart = {key: sign * each for key, each in weights["a"].items()}
    apart |= {key: -sign * each for key, each in weights["b"].items()}
    yield "a-b", _about(kinds, apart, low, high)


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
        ones = dict.fromkeys(month.leavers, 1.0)
        for kinds in (KINDS[:1], KINDS[1:], KINDS):
            numbers = [sum(way[KINDS.index(kind)] for kind in kinds) for way in ways]
            low, high = min(numbers) - SLACK, max(numbers) + SLACK
            yield (until, *month.row, kinds), _about(kinds, ones, low, high)


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
                    _about((kind,), jumps, value - half, value + half),
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


def those_who_left(publication: Published) -> set[str]:
    """Return who is compared and has left."""
    return {each.key for each in publication.people if each.has_left}


def certain_share(
    publications: Sequence[Published],
    truth: Mapping[str, str],
    count_base: int,
    only: str | None = None,
) -> float:
    """Of which share of those who are compared and have left the kind follows, in fractions."""
    certain = certain_kinds(inequalities(publications, count_base, only), truth)
    left = those_who_left(publications[-1])
    return len(certain & left) / len(left)


def certain_kinds(known: Sequence[Inequality], truth: Mapping[str, str]) -> set[str]:
    """Return the leavers of whom it follows whether they left voluntarily.

    ``truth`` has every leaver's kind; it only says which opposite has to be ruled out, and it must
    solve all inequalities itself.
    """
    leavers = sorted(truth)
    place = {key: position for position, key in enumerate(leavers)}
    matrix, low, high = system(known, truth)
    n = len(leavers)
    one_kind = sparse.hstack([sparse.identity(n), sparse.identity(n)])
    tops, bottoms = np.isfinite(high), np.isfinite(low)
    upper = sparse.vstack([matrix[tops], -matrix[bottoms], one_kind]).tocsr()
    limits = np.concatenate([high[tops], -low[bottoms], np.ones(n)])
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


def system(
    known: Sequence[Inequality], truth: Mapping[str, str]
) -> tuple[sparse.csr_matrix, np.ndarray, np.ndarray]:
    """Return what is known as low <= matrix @ solution <= high, which the truth must solve.

    A solution has all leavers in alphabetical order twice, by kind.
    """
    leavers = sorted(truth)
    place = {
        (kind, key): number
        for number, (kind, key) in enumerate((kind, key) for kind in KINDS for key in leavers)
    }
    rows, columns, values, low, high = [], [], [], [], []
    for number, each in enumerate(known):
        scale = max((abs(jump) for jump in each.of.values()), default=1.0)
        rows += [number] * len(each.of)
        columns += [place[name] for name in each.of]
        values += [coefficient / scale for coefficient in each.of.values()]
        low.append(each.low / scale)
        high.append(each.high / scale)
    matrix = sparse.csr_matrix((values, (rows, columns)), shape=(len(known), len(place)))
    lows, highs = np.array(low), np.array(high)
    inside = matrix @ np.array([truth[key] == kind for kind, key in place], dtype=float)
    if not ((inside >= lows - 1e-7) & (inside <= highs + 1e-7)).all():
        raise AssertionError("the truth doesn't solve what was published: the attack is wrong")
    return matrix, lows, highs
