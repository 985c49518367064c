"""Published groups of people as sets of smallest groups, and which of them add up to which.

The whole, the parts of one segment and the parts of two segments at a time overlap. Crossing all
segments gives smallest groups ("atoms") that no published group cuts; a published group ("cell") is
a set of them, and whatever is counted or summed over people is a number for each atom. So every
published number is one linear equation in the atoms' numbers, whichever number it is.

Segments that are never taken together with another one (here: contracts) needn't be crossed with
the others: any two tables with the same total fit one population. They have atoms of their own,
and `links` say that their totals are equal. That keeps the atoms few and changes no conclusion.

Terms as in Willenborg & de Waal (2001), Elements of Statistical Disclosure Control, chapter 6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from pipelines.outcomes.divisions import CROSS

WHOLE = "all"
"""Segment and segment value of everybody."""
Name = tuple[str, str]
"""A cell: segment and segment value, of two segments joined by `CROSS`."""
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Equation:
    """A cell and cells without common people that together are the same people (positions)."""

    parent: int
    children: tuple[int, ...]


@dataclass(frozen=True)
class Lattice:
    """C cells over A atoms."""

    names: tuple[Name, ...]
    member: sparse.csr_array
    """(C, A) 1.0 where an atom belongs to a cell."""
    links: sparse.csr_array
    """(L, A) rows whose product with any truth is 0: totals that are one and the same."""
    equations: tuple[Equation, ...]

    def __len__(self) -> int:
        return len(self.names)


def lattice_of(names: Iterable[Name]) -> Lattice:
    """Return the lattice of some cells.

    Parts of two segments that aren't listed, while others of the same two are, hold nobody. A
    segment's parts must all be listed, or none.
    """
    cells = tuple(dict.fromkeys(names))
    values = _values(cells)
    pairs = _pairs(cells)
    blocks = [_Block.of(group, values, pairs) for group in _components(values, pairs)]
    blocks = blocks or [_Block((), np.zeros((1, 0), dtype=np.int64))]
    offsets = np.cumsum([0, *(len(block.codes) for block in blocks)])
    atoms = [_atoms(name, values, blocks, offsets) for name in cells]
    n_atoms = int(offsets[-1])
    links = [(offsets[0], offsets[1], offsets[k], offsets[k + 1]) for k in range(1, len(blocks))]
    return Lattice(
        names=cells,
        member=_indicator(atoms, n_atoms),
        links=_links(links, n_atoms),
        equations=_equations(cells),
    )


@dataclass(frozen=True)
class _Block:
    """Segments that are crossed with each other, and their atoms."""

    segments: tuple[str, ...]
    codes: Ints
    """(atoms, segments) number of the atom's value of each segment."""

    @classmethod
    def of(
        cls,
        segments: Sequence[str],
        values: Mapping[str, Mapping[str, int]],
        pairs: Mapping[tuple[str, str], set[tuple[int, int]]],
    ) -> _Block:
        """Cross the segments, leaving out what no listed part of two of them has room for."""
        codes = np.zeros((1, 0), dtype=np.int64)
        for position, segment in enumerate(segments):
            n = len(values[segment])
            codes = np.column_stack(
                [np.repeat(codes, n, axis=0), np.tile(np.arange(n), len(codes))]
            )
            for before in range(position):
                one = segments[before]
                listed = set(pairs.get((one, segment), ()))
                listed |= {(mine, other) for other, mine in pairs.get((segment, one), ())}
                if not listed:
                    continue
                allowed = np.zeros((len(values[one]), n), dtype=bool)
                allowed[tuple(np.array(sorted(listed)).T)] = True
                codes = codes[allowed[codes[:, before], codes[:, position]]]
        return cls(tuple(segments), codes)


def _values(cells: Sequence[Name]) -> dict[str, dict[str, int]]:
    """Number the values of each segment, from its own parts or from those of pairs."""
    values: dict[str, dict[str, int]] = {}
    for segment, value in cells:
        if segment == WHOLE:
            continue
        for each, mine in split_name((segment, value)):
            known = values.setdefault(each, {})
            known.setdefault(mine, len(known))
    return values


def split_name(name: Name) -> list[Name]:
    """Return the single segments of a cell with the value of each."""
    segments = name[0].split(CROSS)
    if len(segments) == 1:
        return [(name[0], name[1].replace(CROSS, " x "))]
    return list(zip(segments, name[1].split(CROSS), strict=True))


def _pairs(cells: Sequence[Name]) -> dict[tuple[str, str], set[tuple[int, int]]]:
    """Return the listed parts of two segments, as numbers of their values."""
    values = _values(cells)
    pairs: dict[tuple[str, str], set[tuple[int, int]]] = {}
    for name in cells:
        split = split_name(name)
        if len(split) == 2:
            (one, mine), (other, theirs) = split
            code = values[one][mine], values[other][theirs]
            pairs.setdefault((one, other), set()).add(code)
    return pairs


def _components(values: Iterable[str], pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Put segments that are taken together, directly or through others, into one group."""
    groups = [{segment} for segment in values]
    for one, other in pairs:
        mine = next(group for group in groups if one in group)
        theirs = next(group for group in groups if other in group)
        if mine is not theirs:
            mine |= theirs
            groups.remove(theirs)
    order = {segment: position for position, segment in enumerate(values)}
    return [sorted(group, key=order.__getitem__) for group in groups]


def _atoms(
    name: Name, values: Mapping[str, Mapping[str, int]], blocks: Sequence[_Block], offsets: Ints
) -> Ints:
    """Return the positions of the atoms that make up a cell."""
    if name[0] == WHOLE:
        return np.arange(offsets[0], offsets[1])
    split = split_name(name)
    number = next(k for k, block in enumerate(blocks) if split[0][0] in block.segments)
    block = blocks[number]
    inside = np.ones(len(block.codes), dtype=bool)
    for segment, value in split:
        inside &= block.codes[:, block.segments.index(segment)] == values[segment][value]
    return np.asarray(np.flatnonzero(inside) + offsets[number], dtype=np.int64)


def _indicator(atoms: Sequence[Ints], n_atoms: int) -> sparse.csr_array:
    columns = np.concatenate([*atoms, np.zeros(0, dtype=np.int64)]).astype(np.int64)
    ends = np.cumsum([0, *(len(each) for each in atoms)])
    return sparse.csr_array((np.ones(len(columns)), columns, ends), shape=(len(atoms), n_atoms))


def _links(spans: Sequence[tuple[int, int, int, int]], n_atoms: int) -> sparse.csr_array:
    rows = np.zeros((len(spans), n_atoms))
    for row, (start, end, other_start, other_end) in zip(rows, spans, strict=True):
        row[start:end] = 1.0
        row[other_start:other_end] = -1.0
    return sparse.csr_array(rows)


def _equations(cells: Sequence[Name]) -> tuple[Equation, ...]:
    """Everybody is the parts of a segment; each such part is its parts by another segment."""
    position = {name: number for number, name in enumerate(cells)}
    one_way: dict[str, list[int]] = {}
    two_way: dict[tuple[Name, str], list[int]] = {}
    single = {
        (segment, split_name((segment, value))[0][1]): number
        for (segment, value), number in position.items()
        if CROSS not in segment and segment != WHOLE
    }
    for name, number in position.items():
        split = split_name(name)
        if len(split) == 1 and name[0] != WHOLE:
            one_way.setdefault(name[0], []).append(number)
        for mine, other in (
            ((split[0], split[-1]), (split[-1], split[0])) if len(split) == 2 else ()
        ):
            two_way.setdefault((mine, other[0]), []).append(number)
    equations = []
    if (WHOLE, WHOLE) in position:
        whole = position[WHOLE, WHOLE]
        equations += [Equation(whole, tuple(children)) for children in one_way.values()]
    equations += [
        Equation(single[parent], tuple(children))
        for (parent, _), children in two_way.items()
        if parent in single
    ]
    return tuple(equations)
