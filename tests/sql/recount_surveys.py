"""The naive recount of survey scores and of the style that behaviours speak for."""

from __future__ import annotations

import json

from tests.sql.worlds import BEHAVIOURS, Row

# The Oldenburg inventory as its authors print it: items of each scale, minus sign if reversed.
OLBI = {
    "cynicism": (1, -3, -6, 7, -9, -11, 13, 15),
    "emotional_exhaustion": (-2, -4, 5, -8, 10, -12, 14, 16),
}


def scales_of(response: Row) -> dict[str, float | None]:
    """Exhaustion and cynicism of one response on 0-100, as far as it says anything on them."""
    if response["instrument"] == "scores_0_100":
        return {name: response.get(name) for name in OLBI}
    if response["instrument"] == "olbi":
        items = json.loads(response.get("extra") or "{}")
        return {name: _olbi(items, numbers) for name, numbers in OLBI.items()}
    return dict.fromkeys(OLBI)


def _olbi(items: dict[str, str], numbers: tuple[int, ...]) -> float | None:
    points = []
    for number in numbers:
        answer = items.get(f"item_{abs(number)}")
        if answer in ("1", "2", "3", "4"):
            points.append(int(answer) if number > 0 else 5 - int(answer))
    if len(points) < 4:
        return None
    return (sum(points) / len(points) - 1) / 3 * 100


def style_of(session: Row) -> Row:
    """The three columns that say what the coded behaviours of a session speak for."""
    warm = [session.get(name) for name in BEHAVIOURS[:10] if session.get(name) is not None]
    strict = [session.get(name) for name in BEHAVIOURS[10:] if session.get(name) is not None]
    balance = spoken = None
    if len(warm) >= 5 and len(strict) >= 2:
        balance = warm.count(True) / len(warm) - strict.count(True) / len(strict)
        spoken = "neither"
        if balance:
            spoken = "compassionate" if balance > 0 else "compliance"
    label, styles = session.get("style"), {"compassionate", "compliance"}
    is_judged = {label, spoken} <= styles
    return {
        "behaviour_balance": balance,
        "style_from_behaviours": spoken,
        "is_label_disputed": label != spoken if is_judged else None,
    }
