"""Whose way of leaving follows from what was published, for whoever minds that people are whole.

`kinds_attack` rules out fractions of people; nobody leaves by half, so more follows. Each leaver is
asked for: is there a solution in whole people of all inequalities in which they left in another
way? It is looked for by small changes of the truth, then by integer programmes (HiGHS), which also
show where there is none. That can take long, so there is a limit, and who wasn't answered within it
is told apart: what follows lies between ``certain`` and ``certain`` and ``undecided`` together.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from tests.disclosure.kinds_attack import (
    Inequality,
    Published,
    certain_kinds,
    inequalities,
    system,
    those_who_left,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int_]
ROOM = 1e-7
INFEASIBLE = 2
"""The solver's word for having shown that there is no solution."""
VOLUNTARY, INVOLUNTARY, OTHER = range(3)
_STATES = {"voluntary": VOLUNTARY, "involuntary": INVOLUNTARY}
_STEPS, _REST, _TRIED = 12, 6, 30
"""How many leavers are changed in search of a solution, for how many changes one rests afterwards,
and of how many it is tried out what else would be amiss."""
_OF_ALL, _GAP = 0.1, 1.0
"""Share of the time that one programme may take, and how far from the nearest it may stop."""


@dataclass(frozen=True)
class Followed:
    """Of how many leavers the kind follows."""

    n_left: int
    n_in_fractions: int
    n_certain: int
    n_undecided: int

    @property
    def share_in_fractions(self) -> float:
        """Of which share it follows if leavers might be fractions of people."""
        return self.n_in_fractions / self.n_left

    @property
    def share(self) -> float:
        """Of which share it follows for certain."""
        return self.n_certain / self.n_left

    @property
    def most(self) -> float:
        """Of which share it may follow: as if it did of all who weren't answered in time."""
        return (self.n_certain + self.n_undecided) / self.n_left

    def __str__(self) -> str:
        """Both attacks in a few words."""
        undecided = f" (and {self.n_undecided} undecided)" if self.n_undecided else ""
        whole = f"{self.share:.1%}{undecided} of {self.n_left}"
        return f"{self.share_in_fractions:.1%} in fractions, {whole} in whole people"


def followed(
    publications: Sequence[Published], truth: Mapping[str, str], count_base: int, seconds: float
) -> Followed:
    """Ask it of all who are compared and have left by the last of some publications."""
    known = inequalities(publications, count_base)
    left = those_who_left(publications[-1])
    fractions = certain_kinds(known, truth) & left
    certain, undecided = whole_people(known, truth, left - fractions, seconds)
    return Followed(len(left), len(fractions), len(fractions | certain), len(undecided))


def whole_people(
    known: Sequence[Inequality], truth: Mapping[str, str], asked: set[str], seconds: float
) -> tuple[set[str], set[str]]:
    """Return of which leavers ``asked`` for it follows, and who wasn't answered in time.

    ``seconds`` are of the processor; one programme may take a tenth as many by the clock. A
    solution answers for everybody who left in another way in it.
    """
    puzzle = _Puzzle(known, truth)
    end = time.process_time() + seconds
    still = puzzle.left_over(set(asked), puzzle.truth)
    certain, undecided = set[str](), set[str]()
    while still and time.process_time() < end:
        key = min(still)
        states = puzzle.solved(key, seconds * _OF_ALL)
        if states is not None:
            still = puzzle.left_over(still, states)
            continue
        (certain if puzzle.is_shown_unsolvable else undecided).add(key)
        still.discard(key)
    return certain, undecided | still


class _Puzzle:
    """All that was published, and the one solution that is known: the truth."""

    def __init__(self, known: Sequence[Inequality], truth: Mapping[str, str]) -> None:
        self.leavers = sorted(truth)
        n = len(self.leavers)
        self.truth = np.array([_STATES.get(truth[key], OTHER) for key in self.leavers])
        matrix, low, high = system(known, truth)
        one_kind = sparse.hstack([sparse.identity(n), sparse.identity(n)])
        self.rules = LinearConstraint(
            sparse.vstack([matrix, one_kind]).tocsr(),
            np.concatenate([low - ROOM, np.zeros(n)]),
            np.concatenate([high + ROOM, np.ones(n)]),
        )
        self.low, self.high = low - ROOM, high + ROOM
        dense = matrix.toarray()
        self.weights = np.stack([dense[:, :n], dense[:, n:], np.zeros((len(known), n))])
        """(3, rows, n) what a leaver adds to each figure, by how they left."""
        self.is_shown_unsolvable = False

    def left_over(self, asked: set[str], start: Ints) -> set[str]:
        """Return of whom a solution, and those that few changes of it lead to, say nothing yet."""
        still = asked - self._differing(start)
        for key in sorted(still):
            found = self._by_steps(key, start) if key in still else None
            if found is not None:
                still -= self._differing(found)
        return still

    def _by_steps(self, key: str, start: Ints) -> Ints | None:
        """Change one leaver of a solution, then others one by one as mends the most.

        None where that leads to no other solution, which says nothing.
        """
        one = self.leavers.index(key)
        begin = self.weights[start, :, np.arange(len(start))].sum(axis=0)
        for state in self._opposite(one):
            states, sums = start.copy(), begin.copy()
            last = np.full(len(states), -_REST)
            self._change(states, sums, one, state)
            last[one] = _STEPS
            for step in range(_STEPS):
                amiss = np.flatnonzero((sums < self.low) | (sums > self.high))
                if not amiss.size:
                    return states
                rests = last > step - _REST
                self._mend(states, sums, amiss, rests)
                last[states != start] = np.maximum(last[states != start], step)
        return None

    def _change(self, states: Ints, sums: Floats, one: int, state: int) -> None:
        sums += self.weights[state, :, one] - self.weights[states[one], :, one]
        states[one] = state

    def _mend(self, states: Ints, sums: Floats, amiss: Ints, rests: NDArray[np.bool_]) -> None:
        """Make the one change that leaves the least amiss, of the best for what is amiss now."""
        every, n_states = np.arange(len(states)), len(self.weights)
        by_rows = self.weights[:, amiss, :]
        now = by_rows[states, :, every].T
        told = sums[amiss][None, :, None] + by_rows - now
        low, high = self.low[amiss][None, :, None], self.high[amiss][None, :, None]
        left = (np.maximum(low - told, 0.0) + np.maximum(told - high, 0.0)).sum(axis=1)
        left[:, rests] = np.inf
        left[states, every] = np.inf
        best = np.argsort(left, axis=None)[:_TRIED]
        changed_to, who = np.unravel_index(best, (n_states, len(states)))
        after = sums + self.weights[changed_to, :, who] - self.weights[states[who], :, who]
        wrong = np.maximum(self.low - after, 0.0) + np.maximum(after - self.high, 0.0)
        total = wrong.sum(axis=1) + np.where(np.isinf(left[changed_to, who]), np.inf, 0.0)
        chosen = int(total.argmin())
        if np.isfinite(total[chosen]):
            self._change(states, sums, int(who[chosen]), int(changed_to[chosen]))

    def solved(self, key: str, seconds: float) -> Ints | None:
        """Look for a solution near the truth in which one leaver differs.

        None where there is none, or where that wasn't found out in time.
        """
        n, one = len(self.leavers), self.leavers.index(key)
        lowest, highest = np.zeros(2 * n), np.ones(2 * n)
        is_true = np.concatenate([self.truth == VOLUNTARY, self.truth == INVOLUNTARY])
        lowest[one] = highest[one] = float(self.truth[one] != VOLUNTARY)
        found = milp(
            np.where(is_true, -1.0, 1.0),
            constraints=self.rules,
            integrality=np.ones(2 * n),
            bounds=Bounds(lowest, highest),
            options={"time_limit": seconds, "mip_rel_gap": _GAP},
        )
        self.is_shown_unsolvable = found.status == INFEASIBLE
        if found.x is None:
            return None
        chose, dismissed = found.x[:n].round() == 1.0, found.x[n:].round() == 1.0
        return np.select([chose, dismissed], [VOLUNTARY, INVOLUNTARY], OTHER)

    def _opposite(self, one: int) -> tuple[int, ...]:
        return (INVOLUNTARY, OTHER) if self.truth[one] == VOLUNTARY else (VOLUNTARY,)

    def _differing(self, states: Ints) -> set[str]:
        """Who left by choice in one of both, and not in the other."""
        is_other = (states == VOLUNTARY) != (self.truth == VOLUNTARY)
        return {self.leavers[place] for place in np.flatnonzero(is_other)}
