"""Follow-up cut into months, up to the day on which somebody leaves the kind of coaching they had.

A month is 30 days; month k begins after day 30 (k - 1). Somebody who has a session of the other arm
on day s is followed through day s and no longer: an exit on s itself still counts, since an exit
comes before an end of follow-up on the same day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.core.errors import PipelineError
from pipelines.estimators.cohort import People
from pipelines.estimators.kernels.survival import Bools, Floats, Ints

DAYS_PER_MONTH = 30
MONTH_COLUMNS = (
    "agent_key",
    "month_number",
    "other_arm_day",
    "known_quality_score_0_100",
    "known_unplanned_absence_rate",
    "known_n_sessions",
)


class PersonMonthError(PipelineError):
    """The months of follow-up can't be used: what is wrong, and what was expected."""


@dataclass(frozen=True)
class PersonMonths:
    """Months of people who hadn't switched when the month began, by person and then by month."""

    person: Ints
    """(m,) position of the person."""
    entry: Floats
    """(m,) the month begins after this day since day 0."""
    last_day: Floats
    """(m,) last day of the month that counts."""
    exit_code: Ints
    """(m,) 0, or how the person left on `last_day` (see `People`)."""
    is_switch: Bools
    """(m,) whether the person had a session of the other arm in the month, and hadn't left."""
    known: pl.DataFrame
    """What was known when the month began: `month_number` and the columns `known_*`."""

    def __len__(self) -> int:
        return len(self.person)

    @property
    def share_followed(self) -> Floats:
        """(m,) share of the month's days on which the person was followed."""
        return (self.last_day - self.entry) / DAYS_PER_MONTH

    def of_people(self, is_member: Bools) -> PersonMonths:
        """Return the months of the people who are told (n,) to be members."""
        rows = is_member[self.person]
        return PersonMonths(
            person=self.person[rows],
            entry=self.entry[rows],
            last_day=self.last_day[rows],
            exit_code=self.exit_code[rows],
            is_switch=self.is_switch[rows],
            known=self.known.filter(pl.Series(rows)),
        )

    def sum_of_later(self, values: Floats) -> Floats:
        """Return, for each month, the sum of a person's values (m, k) in the months after it."""
        if not len(self):
            return values
        so_far = np.cumsum(values, axis=0)
        is_last = np.append(self.person[1:] != self.person[:-1], True)
        last = np.flatnonzero(is_last)[np.cumsum(np.append(0, is_last[:-1]))]
        return np.asarray(so_far[last] - so_far, dtype=np.float64)

    def product_of_earlier(self, factors: Floats) -> Floats:
        """Return, for each month, the product of a person's factors (m,) before it; 1 at first."""
        if not len(self):
            return factors
        logs = np.cumsum(np.log(factors))
        is_first = np.append(True, self.person[1:] != self.person[:-1])
        before = np.append(0.0, logs[:-1])
        first = np.flatnonzero(is_first)[np.cumsum(is_first) - 1]
        return np.asarray(np.exp(before - before[first]), dtype=np.float64)


def person_months(people: People, months: pl.DataFrame, until: float) -> PersonMonths:
    """Cut people's follow-up at months and switches; months that begin after day `until` stay out.

    `months` has one row per person and month of follow-up: `agent_key`, `month_number` (from 1,
    none left out), `other_arm_day` (first day since day 0 with a session of the other arm in the
    month, NULL without one) and what was known when it began (`MONTH_COLUMNS`). Rows of other
    people are left out. Raises PersonMonthError for a missing column or month.
    """
    if missing := [name for name in MONTH_COLUMNS if name not in months.columns]:
        raise PersonMonthError(f"the months lack the column(s) {', '.join(missing)}")
    numbered = people.frame.select("agent_key", person=pl.int_range(pl.len()))
    last_month = int(np.ceil(until / DAYS_PER_MONTH))
    mine = (
        months.select(MONTH_COLUMNS)
        .filter(pl.col("month_number") <= last_month)
        .join(numbered, on="agent_key")
        .sort("person", "month_number")
        .drop("agent_key")
    )
    person = mine["person"].to_numpy().astype(np.int64)
    _require_every_month(people, person, mine["month_number"].to_numpy(), last_month)
    switched_on = _first_switch(people, person, mine["other_arm_day"])[person]
    entry = DAYS_PER_MONTH * (mine["month_number"].to_numpy().astype(np.float64) - 1.0)
    follow_up = people.follow_up_days[person]
    end = np.minimum(follow_up, switched_on)
    last_day = np.minimum(entry + DAYS_PER_MONTH, end)
    leaves = (last_day == follow_up) & (people.exit_code[person] > 0)
    keep = end > entry
    return PersonMonths(
        person=person[keep],
        entry=entry[keep],
        last_day=last_day[keep],
        exit_code=np.where(leaves, people.exit_code[person], 0)[keep],
        is_switch=((last_day == switched_on) & ~leaves)[keep],
        known=mine.drop("person", "other_arm_day").filter(pl.Series(keep, dtype=pl.Boolean)),
    )


def _first_switch(people: People, person: Ints, other_arm_day: pl.Series) -> Floats:
    """Return each person's (n,) first day with a session of the other arm; infinity for none."""
    day = other_arm_day.cast(pl.Float64).fill_null(float("inf")).to_numpy()
    first = np.full(len(people), np.inf)
    np.minimum.at(first, person, day)
    return first


def _require_every_month(people: People, person: Ints, number: Ints, last_month: int) -> None:
    """Refuse follow-up with a gap: weights are products over all the months before."""
    needed = np.minimum(np.ceil(people.follow_up_days / DAYS_PER_MONTH), last_month)
    found = np.bincount(person, minlength=len(people))
    first = np.append(True, person[1:] != person[:-1]) if len(person) else np.zeros(0, dtype=bool)
    steps = np.append(0, number[1:] - number[:-1]) if len(number) else np.zeros(0, dtype=int)
    is_regular = np.where(first, number == 1, steps == 1)
    if not is_regular.all() or (found != needed).any():
        n_bad = len(np.unique(person[~is_regular])) or int((found != needed).sum())
        raise PersonMonthError(
            f"{n_bad} people: their months of follow-up aren’t numbered 1, 2, 3 ... to its end"
        )
