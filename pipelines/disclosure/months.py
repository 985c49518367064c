"""Month rows of groups of agents in; out come the same rows as they may be shown.

Who was there, came, left or was coached is fact and stays exact. How people left, hours, answers
and what was achieved at work is rounded, as in `tables.team_month`.
"""

from __future__ import annotations

from itertools import repeat

import polars as pl

from pipelines.core.rounding import apportioned, coarse_mean_step, to_grid
from pipelines.core.status import SHOWN, SUPPRESSED
from pipelines.disclosure.confidentiality import Protection

MONTH_TABLES = ("marts.all_month", "marts.site_month", "marts.arm_month")
KINDS = ("n_voluntary_exits", "n_involuntary_exits")
OF_WORK = (
    ("csat_mean_1_5", "csat_spread", "n_csat"),
    ("handle_seconds", "handle_spread", "n_handled"),
    ("first_contact_resolution", "resolution_spread", "n_resolved"),
)
"""Means of what was achieved at work: figure, spread, and over how many people."""
STATUS_OF = {
    "unplanned_absence_rate": "absence_status",
    "mean_emotional_exhaustion_0_100": "survey_status",
    "csat_mean_1_5": "csat_status",
    "handle_seconds": "handle_status",
    "first_contact_resolution": "resolution_status",
}
"""The status of each mean; one that everybody shares is hidden, and says so."""


def rounded_months(frame: pl.DataFrame, protection: Protection) -> pl.DataFrame:
    """Round what isn't plain fact."""
    work, private = protection.base("restricted"), protection.base("confidential")
    kinds = protection.base(protection.class_of("voluntary_exit"))
    answered = counts_to_grid(frame["n_survey_respondents"], private)
    told = frame.with_columns(
        *kinds_to_grid(frame, kinds),
        answered,
        sums_to_grid(frame, "scheduled_hours", work, "n_scheduled"),
        sums_to_grid(frame, "unplanned_absence_hours", private, "n_scheduled"),
        sums_to_grid(frame, "sick_hours", private, "n_scheduled"),
        means_to_grid(
            frame["unplanned_absence_rate"], private, frame["absence_spread"], frame["n_scheduled"]
        ),
        means_to_grid(
            frame["mean_emotional_exhaustion_0_100"],
            private,
            frame["emotional_exhaustion_spread"],
            answered,
        ),
        *(means_to_grid(frame[name], work, frame[spread], frame[n]) for name, spread, n in OF_WORK),
    )
    return told.with_columns(status_of_mean(mean, status) for mean, status in STATUS_OF.items())


def steps_of_means(frame: pl.DataFrame, protection: Protection) -> pl.DataFrame:
    """Return to what step `rounded_months` rounds each month's means, 0 where to none.

    A row per month and a column per mean, by its name.
    """
    work, private = protection.base("restricted"), protection.base("confidential")
    answered = counts_to_grid(frame["n_survey_respondents"], private)
    absent, tired = frame["absence_spread"], frame["emotional_exhaustion_spread"]
    told = (
        ("unplanned_absence_rate", private, absent, frame["n_scheduled"]),
        ("mean_emotional_exhaustion_0_100", private, tired, answered),
        *((name, work, frame[spread], frame[n]) for name, spread, n in OF_WORK),
    )
    return pl.DataFrame(
        {
            name: [
                coarse_mean_step(base, spread, n or 0) or 0.0
                for spread, n in zip(spreads, people, strict=True)
            ]
            for name, base, spreads, people in told
        },
        schema=dict.fromkeys(STATUS_OF, pl.Float64()),
    )


def status_of_mean(mean: str, status: str) -> pl.Expr:
    """The status of a mean that is released: hidden where everybody shares it."""
    is_shared = pl.col(mean).is_null() & (pl.col(status) == SHOWN)
    return pl.when(is_shared).then(pl.lit(SUPPRESSED)).otherwise(pl.col(status)).alias(status)


def counts_to_grid(counts: pl.Series, base: int) -> pl.Series:
    """Numbers of people as `count_to_grid` rounds them."""
    return counts if not base else ((counts / base + 0.5).floor() * base).cast(counts.dtype)


def kinds_to_grid(frame: pl.DataFrame, base: int) -> list[pl.Series]:
    """Numbers of leavers by choice and of dismissals, rounded together beside all leavers."""
    told: list[tuple[int | None, int | None]] = []
    for left, *kinds in frame.select("n_exits", *KINDS).rows():
        if None in (left, *kinds):
            told.append((None, None))
        else:
            chose, dismissed, _ = apportioned([*kinds, left - sum(kinds)], base)
            told.append((chose, dismissed))
    columns = zip(*told, strict=True) if told else ([], [])
    return [
        pl.Series(name, list(column), frame.schema[name])
        for name, column in zip(KINDS, columns, strict=True)
    ]


def means_to_grid(means: pl.Series, base: int, spreads: pl.Series, n: pl.Series) -> pl.Series:
    """Means as `mean_to_grid` rounds them."""
    told = [mean_to_grid(*each) for each in zip(means, repeat(base), spreads, n, strict=False)]
    return pl.Series(means.name, told, means.dtype, strict=False)


def sums_to_grid(frame: pl.DataFrame, name: str, base: int, n: str) -> pl.Series:
    """Sums over the people of a column as `sum_to_grid` rounds them."""
    sums = frame[name]
    told = [sum_to_grid(*each) for each in zip(sums, repeat(base), frame[n], strict=False)]
    return pl.Series(name, told, sums.dtype, strict=False)


def mean_to_grid(
    mean: float | None, base: int, spread: float | None, n: int | None
) -> float | None:
    """A mean on its grid; one that all share has no grid, and would tell everybody's value."""
    step = coarse_mean_step(base, spread, n or 0)
    return to_grid(mean, step) if step or not base else None


def sum_to_grid(total: float | None, base: int, n: int | None) -> float | None:
    """A sum over people on a grid of so many people's mean share of it."""
    if total is None or not base or not n:
        return total
    return to_grid(total, coarse_mean_step(base, total / n, 1.0))
