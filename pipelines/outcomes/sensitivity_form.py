"""The form of every row of the sensitivity table, whatever the check."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]


def row_of_check(check: str, told: Row) -> Row:
    """Return the start of a row about one estimate as it is told."""
    names = ("design", "outcome", "horizon_days", "estimand")
    return {"check": check, **{name: told[name] for name in names}}


def per_100(difference: float) -> str:
    """Return a difference of risks in words' form: signed, per 100 people."""
    return f"{100 * difference:+.1f}"


def side_in_words(low: float, high: float) -> str:
    """Say whether two differences lie on the same side of none."""
    return "on the same side throughout" if (low > 0.0) == (high > 0.0) else "on both sides of none"
