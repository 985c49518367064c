"""Numbers in the sentences of the claim register and of the page that shows it."""

from __future__ import annotations

PER_100 = {
    "fraction 0-1": "per 100 people",
    "fraction of hours": "per 100 hours",
    "fraction of behaviours": "per 100 behaviours",
}
"""Fractions are told per 100."""


def figures(value: float, unit: str, *, is_signed: bool) -> str:
    """A number with three figures, a fraction per 100, signed where it is a difference."""
    told = 100 * value if unit in PER_100 else value
    size = abs(told)
    digits = 1 if size >= 10 else 2 if size >= 0.1 else 3
    return f"{told:{'+' if is_signed else ''}.{digits}f}".replace("-", "−")
