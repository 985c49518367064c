"""From a validated delivery of weeks to a note where its weeks are days of one person."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from pipelines.contracts.sources import PERSON_COLUMNS, Source
from pipelines.core.text_columns import spread
from pipelines.ingest.load.doubles import told_doubles
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
    sound = np.flatnonzero(~validation.is_bad)
    columns = {
        name: pl.Series(spread(judged.typed, judged.codes[sound]).cast(judged.typed.type))
        for name, judged in ((each, validation.columns[each]) for each in (person, WEEK))
    }
    weeks = pl.DataFrame(columns).unique().sort(person, WEEK)
    gap = pl.col(WEEK).diff().dt.total_days().over(person)
    return weeks.filter(gap < DAYS_OF_WEEK).height, weeks.height
