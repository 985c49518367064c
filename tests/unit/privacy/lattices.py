"""Small made-up workforces and what is published of them, for tests of the lattice."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from pipelines.outcomes.divisions import CROSS
from pipelines.privacy.lattice import Lattice, Name, lattice_of

SEGMENTS = ("site", "role", "tenure_band")


@dataclass(frozen=True)
class SmallWorld:
    """People by site, role and so on, and the cells that are published of them."""

    table: np.ndarray
    """(values of the first segment, values of the second, …) people of each combination."""
    pairs: tuple[tuple[int, int], ...]
    """Segments that are taken together."""

    @property
    def groups(self) -> dict[Name, np.ndarray]:
        """Each published cell, as a mask of `table`; pairs without people have none."""
        codes = np.indices(self.table.shape)
        found: dict[Name, np.ndarray] = {("all", "all"): np.ones(self.table.shape, dtype=bool)}
        for axis, n in enumerate(self.table.shape):
            for value in range(n):
                found[SEGMENTS[axis], f"v{value}"] = codes[axis] == value
        for one, other in self.pairs:
            names = SEGMENTS[one] + CROSS + SEGMENTS[other]
            for mine, theirs in itertools.product(*map(range, self._sizes(one, other))):
                mask = (codes[one] == mine) & (codes[other] == theirs)
                if self.table[mask].sum() > 0:
                    found[names, f"v{mine}{CROSS}v{theirs}"] = mask
        return found

    def _sizes(self, one: int, other: int) -> tuple[int, int]:
        return self.table.shape[one], self.table.shape[other]

    @property
    def lattice(self) -> Lattice:
        return lattice_of(self.groups)

    @property
    def counts(self) -> np.ndarray:
        """(C,) people of every cell, counted one by one."""
        return np.array([self.table[mask].sum() for mask in self.groups.values()], dtype=float)


@st.composite
def worlds(draw, shapes=((2, 2), (2, 3), (2, 2, 2)), most: int = 6) -> SmallWorld:
    """Tables of up to eight groups with a few people each; all pairs, some or none published."""
    shape = draw(st.sampled_from(shapes))
    numbers = st.one_of(st.just(0), st.integers(0, 3), st.integers(0, most))
    values = draw(st.lists(numbers, min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
    possible = list(itertools.combinations(range(len(shape)), 2))
    pairs = draw(st.lists(st.sampled_from(possible), unique=True, max_size=len(possible)))
    return SmallWorld(np.array(values).reshape(shape), tuple(sorted(pairs)))


def every_population(world: SmallWorld, shown: np.ndarray) -> np.ndarray:
    """Return (populations, C): the counts of every cell in every population that fits.

    Written without the lattice: whole people are dealt out to the combinations one after the other,
    in every way that keeps to the cells shown; hidden numbers are only found by trying. What isn't
    bounded by anything shown is tried up to 8.
    """
    masks = np.array([mask.ravel() for mask in world.groups.values()])
    known = ~np.isnan(shown)
    barred = _barred(world)
    limits = [
        0 if barred[k] else int(min(shown[known & masks[:, k]], default=8))
        for k in range(masks.shape[1])
    ]
    found: list[np.ndarray] = []
    _deal(masks[known].astype(int), shown[known].astype(int), limits, [], found)
    return np.array([masks @ population for population in found])


def _barred(world: SmallWorld) -> np.ndarray:
    """Tell which combinations nobody can be in, since a pair of their values isn't listed."""
    codes = np.indices(world.table.shape).reshape(world.table.ndim, -1)
    barred = np.zeros(codes.shape[1], dtype=bool)
    listed = set(world.groups)
    for one, other in world.pairs:
        segment = SEGMENTS[one] + CROSS + SEGMENTS[other]
        if not any(name == segment for name, _ in listed):
            continue
        for k in range(codes.shape[1]):
            barred[k] |= (segment, f"v{codes[one, k]}{CROSS}v{codes[other, k]}") not in listed
    return barred


def _deal(
    masks: np.ndarray, rest: np.ndarray, limits: list[int], dealt: list[int], found: list
) -> None:
    k = len(dealt)
    if k == len(limits):
        if not rest.any():
            found.append(np.array(dealt))
        return
    later = masks[:, k + 1 :] @ np.array(limits[k + 1 :], dtype=int)
    for people in range(limits[k] + 1):
        left = rest - masks[:, k] * people
        if (left < 0).any():
            return
        if (left <= later).all():
            _deal(masks, left, limits, [*dealt, people], found)
