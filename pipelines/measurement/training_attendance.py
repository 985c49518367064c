"""Who was trained in what, and in which format: people at their first completion of a course."""

from __future__ import annotations

import polars as pl

from pipelines.core.status import suppressed
from pipelines.measurement.practice_counts import FRACTION, MinimumSessions, Row, empty_row, pooled

UNKNOWN_FORMAT = "unknown"


def training_rows(training: pl.DataFrame, minimum: MinimumSessions) -> list[Row]:
    """Return for each course the share of its attendants by format, the most attended first.

    ``training`` has agent_key, course, completed_on, format (may be NULL) and is_first. Rare
    formats stand together, as in `pipelines.measurement.practice_counts`; a course with
    fewer people than the floor is named without a number.
    """
    first = training.filter("is_first").with_columns(pl.col("format").fill_null(UNKNOWN_FORMAT))
    rows: list[Row] = []
    for course in sorted(first["course"].unique()):
        rows += _course_rows(course, first.filter(pl.col("course") == course), minimum)
    return rows


def _course_rows(course: str, attended: pl.DataFrame, minimum: MinimumSessions) -> list[Row]:
    empty = empty_row() | {
        "topic": "training",
        "measure": course,
        "level": "all",
        "position": 0,
        "unit": FRACTION,
    }
    n_people = attended["agent_key"].n_unique()
    if n_people < minimum.n_people:
        return [empty | suppressed(f"fewer than {minimum.n_people} people").columns()]
    sizes = dict(attended.group_by("format").agg(pl.col("agent_key").n_unique()).iter_rows())
    rows = [empty | {"n_people": n_people, "value": 1.0}]
    groups = pooled(sizes, lambda names: sum(sizes[each] for each in names) >= minimum.n_people)
    if len(groups) < 2:
        return rows
    for position, (name, members) in enumerate(groups.items(), start=1):
        n = sum(sizes[each] for each in members)
        part = {"level": name, "position": position, "n_people": n, "value": n / n_people}
        rows.append(empty | part)
    return rows
