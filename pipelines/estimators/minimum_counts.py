"""How few people or coaches may stand behind a figure, in words and as a status."""

from __future__ import annotations

import numpy as np

from pipelines.core.group_words import group_of
from pipelines.core.status import Absence, suppressed
from pipelines.estimators.cohort import People
from pipelines.estimators.kernels.survival import Ints
from pipelines.estimators.results import ComparisonSpec


def too_few(n_people: int, n_coaches: int, spec: ComparisonSpec, who: str) -> Absence | None:
    """Say that a group is too small to be reported; None if it isn't, or if nobody is in it."""
    if n_people == 0 or (n_people >= spec.min_group and n_coaches >= spec.min_coaches):
        return None
    return suppressed(f"fewer than {spec.min_group} people or {spec.min_coaches} coaches {who}")


def too_few_in_an_arm(people: People, rows: Ints, spec: ComparisonSpec, who: str) -> Absence | None:
    """The same of the people of an arm at some positions; ``who`` comes before the arm's label."""
    for is_a, label in ((True, spec.arm_a), (False, spec.arm_b)):
        members = rows[people.is_a[rows] == is_a]
        coaches = np.unique(people.coach[members[people.has_coach[members]]])
        if why := too_few(len(members), len(coaches), spec, f"{who} {group_of(label)}"):
            return why
    return None
