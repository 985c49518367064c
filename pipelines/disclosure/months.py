"""Month rows of groups of agents in; out come the same rows as they may be shown.

Who was there, came, left or was coached is fact and stays exact. How people left, hours, answers
and what was achieved at work is rounded, as in `tables.team_month`.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines.core.rounding import coarse_mean_step, count_to_grid, to_grid
from pipelines.disclosure.confidentiality import Protection

MONTH_TABLES = ("marts.all_month", "marts.site_month", "marts.arm_month")
_Row = dict[str, Any]


def rounded_months(frame: pl.DataFrame, protection: Protection) -> pl.DataFrame:
    """Round what isn't plain fact."""
    rows = [_rounded(row, protection) for row in frame.to_dicts()]
    return pl.DataFrame(rows, schema=frame.schema)


def _rounded(row: _Row, protection: Protection) -> _Row:
    work, private = protection.base("restricted"), protection.base("confidential")
    kinds = protection.base(protection.class_of("voluntary_exit"))
    n_answered = count_to_grid(row["n_survey_respondents"], private)
    return row | {
        "n_voluntary_exits": count_to_grid(row["n_voluntary_exits"], kinds),
        "n_involuntary_exits": count_to_grid(row["n_involuntary_exits"], kinds),
        "scheduled_hours": sum_to_grid(row["scheduled_hours"], work, row["n_scheduled"]),
        **{
            name: sum_to_grid(row[name], private, row["n_scheduled"])
            for name in ("unplanned_absence_hours", "sick_hours")
        },
        "unplanned_absence_rate": mean_to_grid(
            row["unplanned_absence_rate"], private, row["absence_spread"], row["n_scheduled"]
        ),
        "n_survey_respondents": n_answered,
        "mean_emotional_exhaustion_0_100": mean_to_grid(
            row["mean_emotional_exhaustion_0_100"],
            private,
            row["emotional_exhaustion_spread"],
            n_answered or 0,
        ),
        "csat_mean_1_5": mean_to_grid(
            row["csat_mean_1_5"], work, row["csat_spread"], row["n_csat"]
        ),
        "handle_seconds": mean_to_grid(
            row["handle_seconds"], work, row["handle_spread"], row["n_handled"]
        ),
        "first_contact_resolution": mean_to_grid(
            row["first_contact_resolution"], work, row["resolution_spread"], row["n_resolved"]
        ),
    }


def mean_to_grid(mean: float | None, base: int, spread: float | None, n: int) -> float | None:
    """A mean on its grid; one that all share has no grid, and would tell everybody's value."""
    step = coarse_mean_step(base, spread, n)
    return to_grid(mean, step) if step or not base else None


def sum_to_grid(total: float | None, base: int, n: int) -> float | None:
    """A sum over people on a grid of so many people's mean share of it."""
    if total is None or not base or not n:
        return total
    return to_grid(total, coarse_mean_step(base, total / n, 1.0))
