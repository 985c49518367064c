"""When a group of people is too small, or too much alike, to say anything about it.

A group is dangerous to show by itself where (in either arm, unless it has nobody there)

- it has fewer than `min_group` people or fewer than `min_coaches` coaches: few people stand behind
  a number, or it is about a coach or two;
- everybody has the same value: a mean on the end of its scale, or anywhere, tells everybody's;
- one person makes up more than half of a sum (dominance): who knows the sum knows the person nearly
  (Hundepool et al. 2012, Statistical Disclosure Control, section 4.2).

Of exits: that somebody left is no secret at work, the kind of exit is. So the group that a number
of voluntary exits is about are the *leavers*, and it is dangerous where they are few, or all of one
kind, or where nobody or everybody left voluntarily. Of everybody together only few leavers are:
an organisation whose exits are all of one kind tells nothing about a person that isn't told of all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.outcomes.measures import MeasureValues
from pipelines.outcomes.people import People
from pipelines.outcomes.survival import CAUSES, Ints

PeopleTest = Callable[[Ints], bool]
"""Whether the people at some positions are a group that is dangerous to show."""
DOMINANT_SHARE = 0.5
"""One person's share of a sum from which on the sum is theirs."""


@dataclass(frozen=True)
class Floor:
    """How many people and how many coaches a group must have at least."""

    min_group: int
    min_coaches: int


def few_people(people: People, floor: Floor, is_counted: NDArray[np.bool_]) -> PeopleTest:
    """Test for too few people or coaches among those who are counted (n,)."""

    def is_dangerous(rows: Ints) -> bool:
        counted = rows[is_counted[rows]]
        for is_a in (True, False):
            arm = counted[people.is_a[counted] == is_a]
            coaches = np.unique(people.coach[arm[people.has_coach[arm]]])
            if len(arm) > 0 and (len(arm) < floor.min_group or len(coaches) < floor.min_coaches):
                return True
        return False

    return is_dangerous


def telling_values(people: People, floor: Floor, mine: MeasureValues) -> PeopleTest:
    """Test for few people with a value, the same value throughout, or one person's sum."""
    is_few = few_people(people, floor, mine.has_value)
    size, value = (
        np.abs(mine.columns[:, 0]),
        mine.columns[:, 0] / np.maximum(mine.columns[:, 1], 1e-300),
    )

    def is_dangerous(rows: Ints) -> bool:
        if is_few(rows):
            return True
        counted = rows[mine.has_value[rows]]
        for is_a in (True, False):
            arm = counted[people.is_a[counted] == is_a]
            if len(arm) and (
                np.ptp(value[arm]) == 0.0 or size[arm].max() > DOMINANT_SHARE * size[arm].sum()
            ):
                return True
        return False

    return is_dangerous


@dataclass(frozen=True)
class Leaving:
    """Who has left by a day, and who of them in the way that is counted."""

    has_left: NDArray[np.bool_]
    is_counted: NDArray[np.bool_]

    @classmethod
    def by(cls, people: People, kind: str, day: int) -> Leaving:
        """Return who has left up to and including a day; `kind` as in `CAUSES`."""
        has_left = (people.exit_code > 0) & (people.follow_up_days <= day)
        return cls(has_left, has_left & (people.exit_code == 1 + CAUSES.index(kind)))

    def since(self, earlier: Leaving) -> Leaving:
        """Return who has left after an earlier day."""
        return Leaving(self.has_left & ~earlier.has_left, self.is_counted & ~earlier.is_counted)


def few_leavers(people: People, floor: Floor, leaving: Leaving) -> PeopleTest:
    """Test for leavers who are too few to tell how many of them left in which way."""

    def is_dangerous(rows: Ints) -> bool:
        left = rows[leaving.has_left[rows]]
        n_a = int(people.is_a[left].sum())
        return any(0 < n < floor.min_group for n in (n_a, len(left) - n_a))

    return is_dangerous


def telling_leavers(people: People, floor: Floor, leaving: Leaving) -> PeopleTest:
    """Test for few leavers, or leavers (or people) who are all alike in how they left."""
    are_few = few_leavers(people, floor, leaving)

    def is_dangerous(rows: Ints) -> bool:
        if are_few(rows):
            return True
        for is_a in (True, False):
            arm = rows[people.is_a[rows] == is_a]
            n_left, n_counted = leaving.has_left[arm].sum(), leaving.is_counted[arm].sum()
            if len(arm) and n_counted in (0, n_left):
                return True
        return False

    return is_dangerous
