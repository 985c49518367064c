"""What somebody with the publication, paper and patience can do. No private number comes in here.

Each attack takes what is published and returns the hidden numbers it believes to have recovered.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from tests.privacy.corner_world import ABSENCE, HOURS, Publication

CROSS = " × "
Cell = tuple[str, str]
WHOLE: Cell = ("all", "all")
ARMS = "ab"


@dataclass(frozen=True)
class Secret:
    """A number that was hidden: of which outcome, by which day, what, which arm, which part."""

    outcome: str
    horizon_days: int
    quantity: str
    arm: str
    cell: Cell
    number: float


@dataclass(frozen=True)
class Totals:
    """One thing that adds up over people, in every cell that is listed; None where hidden."""

    outcome: str
    horizon_days: int
    quantity: str
    arm: str
    numbers: Mapping[Cell, float | None]

    def secret(self, cell: Cell, number: float) -> Secret:
        return Secret(self.outcome, self.horizon_days, self.quantity, self.arm, cell, number)

    def equations(self) -> Iterator[tuple[Cell, list[Cell]]]:
        """A whole and its parts, written down from the names alone."""
        ways = {segment for segment, _ in self.numbers if segment != "all"}
        for segment in sorted(way for way in ways if CROSS not in way):
            yield WHOLE, [cell for cell in self.numbers if cell[0] == segment]
        for way in sorted(way for way in ways if CROSS in way):
            for position, segment in enumerate(way.split(CROSS)):
                crossed = [cell for cell in self.numbers if cell[0] == way]
                for value in sorted({cell[1].split(CROSS)[position] for cell in crossed}):
                    yield (
                        (segment, value),
                        [cell for cell in crossed if cell[1].split(CROSS)[position] == value],
                    )


def totals(published: Publication) -> list[Totals]:
    """People, exits and sums of values, as far as they are shown."""
    rows = published.comparison.filter(
        pl.col("design") == "unadjusted",
        pl.col("estimand").is_in(["risk_difference", "mean_difference"]),
    )
    found = []
    for (outcome, day), own in rows.group_by(["outcome", "horizon_days"], maintain_order=True):
        for arm in ARMS:
            found += _totals_of(str(outcome), int(str(day)), arm, own.to_dicts())
    return found


def _totals_of(outcome: str, day: int, arm: str, rows: list[dict]) -> list[Totals]:
    people, events, sums = {}, {}, {}
    for row in rows:
        cell = (row["segment"], row["segment_value"])
        n, value = row[f"n_people_{arm}"], row[f"value_{arm}"]
        people[cell] = n
        events[cell] = row[f"n_events_{arm}"]
        per_person = HOURS if outcome == ABSENCE.outcome else 1.0
        sums[cell] = None if n is None or value is None else n * value * per_person
    kinds = {"people": people}
    kinds |= {"exits": events} if outcome.endswith("_exit") else {"sum": sums}
    return [Totals(outcome, day, kind, arm, numbers) for kind, numbers in kinds.items()]


def total_minus_siblings(published: Publication) -> list[Secret]:
    """Everybody minus all parts but one."""
    return [
        secret
        for each in totals(published)
        for parent, parts in each.equations()
        if parent == WHOLE
        for secret in _one_missing(each, each.numbers, parent, parts)
    ]


def overlapping_filters(published: Publication) -> list[Secret]:
    """One filter alone, minus the same with every other value of a second filter."""
    return [
        secret
        for each in totals(published)
        for parent, parts in each.equations()
        if parent != WHOLE
        for secret in _one_missing(each, each.numbers, parent, parts)
    ]


def complementary_cell(published: Publication) -> list[Secret]:
    """Chains: what one subtraction gives is put into the next, until nothing new comes."""
    found = []
    for each in totals(published):
        known = dict(each.numbers)
        while True:
            new = [
                secret
                for parent, parts in each.equations()
                for secret in _one_missing(each, known, parent, parts)
            ]
            if not new:
                break
            known |= {secret.cell: secret.number for secret in new}
            found += new
    return found


def _one_missing(
    each: Totals, numbers: Mapping[Cell, float | None], parent: Cell, parts: list[Cell]
) -> list[Secret]:
    unknown = [cell for cell in (parent, *parts) if numbers.get(cell) is None]
    if len(unknown) != 1 or unknown[0] not in each.numbers:
        return []
    shown = sum(numbers[cell] or 0.0 for cell in parts if cell != unknown[0])
    number = shown if unknown[0] == parent else (numbers[parent] or 0.0) - shown
    return [each.secret(unknown[0], number)]


def linear_algebra(published: Publication) -> list[Secret]:
    """Every shown number an equation, every combination of values an unknown: solve."""
    found, matrices = [], {}
    for each in totals(published):
        cells = tuple(each.numbers)
        if cells not in matrices:
            matrices[cells] = _memberships(cells)
        found += _solved(each, matrices[cells])
    return found


def _solved(each: Totals, member: np.ndarray) -> list[Secret]:
    numbers = np.array([np.nan if n is None else n for n in each.numbers.values()], dtype=float)
    shown = ~np.isnan(numbers)
    if shown.all() or not shown.any():
        return []
    basis = np.linalg.svd(member[shown], full_matrices=False)
    rows = basis.Vh[basis.S > 1e-9]
    hidden = member[~shown]
    is_inside = np.abs(hidden - hidden @ rows.T @ rows).max(axis=1) < 1e-8
    cells = [cell for cell, number in zip(each.numbers, numbers, strict=True) if np.isnan(number)]
    recipes = np.linalg.lstsq(member[shown].T, hidden.T, rcond=None)[0].T
    return [
        each.secret(cell, float(recipe @ numbers[shown]))
        for cell, recipe, inside in zip(cells, recipes, is_inside, strict=True)
        if inside
    ]


def _memberships(cells: tuple[Cell, ...]) -> np.ndarray:
    """(cells, combinations) 1 where a combination of all segments' values belongs to a cell."""
    single = [cell for cell in cells if CROSS not in cell[0] and cell != WHOLE]
    segments = list(dict.fromkeys(segment for segment, _ in single))
    values = [[value for segment, value in single if segment == each] for each in segments]
    combinations = list(itertools.product(*values))
    member = np.zeros((len(cells), len(combinations)))
    for row, (way, value) in enumerate(cells):
        wanted = dict(zip(way.split(CROSS), value.split(CROSS), strict=True))
        wanted.pop("all", None)
        for column, combination in enumerate(combinations):
            mine = dict(zip(segments, combination, strict=True))
            member[row, column] = all(mine[each] == want for each, want in wanted.items())
    return member


def small_remainders(published: Publication, min_group: int) -> list[Secret]:
    """A whole minus its shown parts: who is left are a few people whom nobody meant to show."""
    found = []
    for each in totals(published):
        if each.quantity != "people":
            continue
        for parent, parts in each.equations():
            whole = each.numbers.get(parent)
            hidden = [cell for cell in parts if each.numbers[cell] is None]
            if whole is None or not hidden:
                continue
            rest = whole - sum(each.numbers[cell] or 0.0 for cell in parts)
            if 0 < rest < min_group:
                found.append(each.secret((hidden[0][0], "+".join(v for _, v in hidden)), rest))
    return found


def means_of(published: Publication, outcome: str) -> dict[tuple[str, Cell], float]:
    """Hidden means of an outcome, by arm and part: a recovered sum over recovered people."""
    secrets = complementary_cell(published) + linear_algebra(published)
    of = {(s.quantity, s.arm, s.cell): s.number for s in secrets if s.outcome == outcome}
    return {
        (arm, cell): number / of["people", arm, cell]
        for (quantity, arm, cell), number in of.items()
        if quantity == "sum" and of.get(("people", arm, cell))
    }


def curve_steps(published: Publication, min_group: int) -> list[tuple[str, int, int, int]]:
    """How a few people left between two days: (arm, day, people, voluntary exits).

    Between two rows the incidence of a kind rises by its share of the fall of survival.
    """
    found = []
    rows = published.curve.filter(design="unadjusted", segment="all").sort("day")
    for (arm,), own in rows.group_by(["arm"], maintain_order=True):
        left, last = 0, (1.0, 0.0)
        for row in own.to_dicts():
            left += row["n_events"] or 0
            if row["survival"] is None or row["voluntary_exit"] is None:
                continue
            fall = last[0] - row["survival"]
            if 0 < left < min_group and fall > 0:
                share = (row["voluntary_exit"] - last[1]) / fall
                found.append((str(arm), row["day"], left, round(share * left)))
            left, last = 0, (row["survival"], row["voluntary_exit"])
    return found
