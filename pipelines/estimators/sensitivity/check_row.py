"""The form of every row of the sensitivity table, whatever the check."""

from __future__ import annotations

from typing import Any

from pipelines.core.status import SHOWN, Absence, no_data

Row = dict[str, Any]


def row_of_check(check: str, headline_row: Row) -> Row:
    """Return the start of a row about one published estimate."""
    names = ("design", "outcome", "horizon_days", "estimand")
    return {"check": check, **{name: headline_row[name] for name in names}, "status": SHOWN}


def why_no_headline(headline_row: Row) -> Absence:
    """Say why an estimate has no figures to go on: its own reason, or for want of an interval."""
    if headline_row["status"] == SHOWN:
        return no_data("there is no interval")
    return Absence(headline_row["status"], headline_row["reason"])


def side_in_words(low: float, high: float) -> str:
    """Say whether two differences lie on the same side of zero, on both, or reach it at an end."""
    if min(low, high) < 0.0 < max(low, high):
        return "on both sides of zero"
    return "reaching zero" if 0.0 in (low, high) else "on the same side throughout"
