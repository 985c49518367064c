"""From a validated delivery of weeks to a note where its weeks are days of one person."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from pipelines.contracts.sources import PERSON_COLUMNS, Source
from pipelines.ingest.load.doubles import told_doubles
from pipelines.ingest.load.row_tables import value_codes
from pipelines.ingest.validate.validation import Validation

WEEK = "week_start"
DAYS_OF_WEEK = 7


def told_together(validation: Validation, source: Source, *, of_feed: bool) -> Validation:
    """The judgement of the rows side by side: doubles that differ, weeks that are too close."""
    return _noted_weeks(told_doubles(validation, source, of_feed=of_feed), source)


def _noted_weeks(validation: Validation, source: Source) -> Validation:
    """The judgement with a note where weeks of one person begin less than seven days apart."""
    person = PERSON_COLUMNS[0]
    if not {WEEK, person} <= validation.columns.keys() or WEEK not in source.key:
        return validation
    n_close, n_all = _close(validation, person)
    if not n_close:
        return validation
    note = (
        f"{n_close:,} of {n_all:,} weeks begin less than {DAYS_OF_WEEK} days after another of the "
        "same person; if these are days, give them to the recipe canonical/days, which sums them "
        f'to weeks: move the file to landing/days/ and write days = "canonical/days" under [feed]'
    )
    delivery = replace(validation.delivery, notes=(*validation.delivery.notes, note))
    return replace(validation, delivery=delivery)


def _close(validation: Validation, person: str) -> tuple[int, int]:
    """How many of the sound rows' weeks are too close to the person's week before, and of all."""
    sound = ~validation.is_bad
    week = validation.columns[WEEK]
    day_of_text = week.typed.cast(pa.date32()).cast(pa.int32()).fill_null(0).to_numpy()
    days = day_of_text[week.codes[sound]].astype(np.int64)
    if not len(days):
        return 0, 0
    # One number per person and day, the next person's so far off that no two of them are close.
    apart = int(np.ptp(days)) + DAYS_OF_WEEK
    weeks = np.unique(value_codes(validation, person)[sound] * apart + (days - days.min()))
    return int((np.diff(weeks) < DAYS_OF_WEEK).sum()), len(weeks)
