"""Which cells wait: random lattices against a brute-force solver."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.outcomes.divisions import CROSS
from pipelines.privacy.holding import WHOLE, Cell, held_cells
from pipelines.privacy.ledger import lattice

PLAN = lattice(("site", "tenure_band"), ("site", "tenure_band"))
MIN_GROUP = 4
Table = dict[Cell, int]


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """How many people's records changed at each site in each band of tenure, and all sums."""
    sites, bands = draw(st.integers(2, 4)), draw(st.integers(2, 3))
    inner = {
        (f"s{i}", f"t{j}"): draw(st.sampled_from([0, 0, 1, 2, 3, 4, 5, 7, 12]))
        for i, j in product(range(sites), range(bands))
    }
    table: Table = {WHOLE: sum(inner.values())}
    for (site, band), n in inner.items():
        table["site", site] = table.get(("site", site), 0) + n
        table["tenure_band", band] = table.get(("tenure_band", band), 0) + n
        table[f"site{CROSS}tenure_band", f"{site}{CROSS}{band}"] = n
    return table


def decided(table: Table) -> frozenset[Cell] | None:
    rows = [(*cell, "a", n, n) for cell, n in table.items() if n]
    columns = {"segment": str, "segment_value": str, "arm": str, "own": int, "whole": int}
    return held_cells(pl.DataFrame(rows, schema=columns, orient="row"), PLAN, MIN_GROUP)


def sums(table: Table) -> list[tuple[Cell, list[Cell]]]:
    """Every cell that others add up to, with these."""
    sites = [cell for cell in table if cell[0] == "site"]
    bands = [cell for cell in table if cell[0] == "tenure_band"]
    inner = [cell for cell in table if CROSS in cell[0]]
    by_site = [(site, [c for c in inner if c[1].split(CROSS)[0] == site[1]]) for site in sites]
    by_band = [(band, [c for c in inner if c[1].split(CROSS)[1] == band[1]]) for band in bands]
    return [(WHOLE, sites), (WHOLE, bands), *by_site, *by_band]


def is_determined(cell: Cell, unknown: list[Cell], table: Table) -> bool:
    """Whether a held cell's change follows from the released ones: Gauss, in exact fractions."""
    rows = []
    for whole, parts in sums(table):
        rows.append([Fraction((c in parts) - (c == whole)) for c in unknown])
    target = [Fraction(c == cell) for c in unknown]
    return _rank([*rows, target]) == _rank(rows)


def _rank(rows: list[list[Fraction]]) -> int:
    rows, rank = [list(row) for row in rows], 0
    for column in range(len(rows[0])):
        pivot = next((r for r in range(rank, len(rows)) if rows[r][column]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        for other in range(len(rows)):
            if other != rank and rows[other][column]:
                factor = rows[other][column] / rows[rank][column]
                rows[other] = [x - factor * y for x, y in zip(rows[other], rows[rank], strict=True)]
        rank += 1
    return rank


@settings(max_examples=150, deadline=None)
@given(tables())
def test_no_small_change_follows_from_what_goes_out(table: Table) -> None:
    held = decided(table)
    small = {cell for cell, n in table.items() if 0 < n < MIN_GROUP}
    if held is None:
        return
    assert small <= held
    assert WHOLE not in held
    unknown = sorted(held)
    assert not [cell for cell in small if is_determined(cell, unknown, table)]
    for whole, parts in sums(table):
        together = sum(table[part] for part in parts if part in held)
        assert whole in held or together == 0 or together >= MIN_GROUP


@settings(max_examples=150, deadline=None)
@given(tables())
def test_nothing_waits_without_need(table: Table) -> None:
    """Nothing is held where no cell has a few changes; all is, where the whole has."""
    held = decided(table)
    if 0 < table[WHOLE] < MIN_GROUP:
        assert held is None
    elif all(n == 0 or n >= MIN_GROUP for n in table.values()):
        assert held == frozenset()
