"""Numbers in the sentences of the claim register and of the page that shows it."""

from __future__ import annotations

PER_100 = {
    "fraction 0-1": "per 100 people",
    "fraction of hours": "per 100 hours",
    "fraction of behaviours": "per 100 behaviours",
}
"""Fractions are told per 100."""


def figures(value: float, unit: str, *, is_signed: bool) -> str:
    """A number with three figures or, per 100, one decimal; signed where it is a difference."""
    is_share = unit in PER_100
    told = 100 * value if is_share else value
    size = abs(told)
    digits = 1 if is_share or size >= 10 else 2 if size >= 0.1 else 3
    return f"{told:{'+' if is_signed else ''}.{digits}f}".replace("-", "−")
