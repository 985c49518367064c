"""The form of every row of the sensitivity table, whatever the check."""

from __future__ import annotations

from typing import Any

from pipelines.core.status import SHOWN, Absence, no_data

Row = dict[str, Any]


def row_of_check(check: str, told: Row) -> Row:
    """Return the start of a row about one estimate as it is told."""
    names = ("design", "outcome", "horizon_days", "estimand")
    return {"check": check, **{name: told[name] for name in names}, "status": SHOWN}


def why_untold(told: Row) -> Absence:
    """Say why an estimate has no figures to go on: as it is told, or for want of an interval."""
    if told["status"] == SHOWN:
        return no_data("there is no interval")
    return Absence(told["status"], told["reason"])


def per_100(difference: float) -> str:
    """Return a difference of risks in words' form: signed, per 100 people."""
    return f"{100 * difference:+.1f}"


def side_in_words(low: float, high: float) -> str:
    """Say whether two differences lie on the same side of none."""
    return "on the same side throughout" if (low > 0.0) == (high > 0.0) else "on both sides of none"
