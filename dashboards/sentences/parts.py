"""The pieces that sentences are made of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from dashboards.estimates import Estimate
from dashboards.formats import capitalised, decimal, likely_range, plural
from dashboards.labels import OUTCOMES


@dataclass(frozen=True)
class Run:
    """A stretch of text in a paragraph; the strong ones carry the figures."""

    text: str
    is_strong: bool = False


@dataclass(frozen=True)
class Statement:
    """One item of a list: a mark, two or three words that name it, and what is said."""

    mark: Literal["yes", "note", "next", "off"]
    head: str
    text: str


def as_sentence(reason: str) -> str:
    """Return a reason from the tables as a sentence of its own."""
    text = capitalised(reason.strip())
    return text if text.endswith((".", "!", "?")) else f"{text}."


def fewer_or_more(value: float) -> str:
    """Return the direction of a difference in people."""
    return "fewer" if value < 0 else "more"


def range_in_words(estimate: Estimate) -> str:
    """Return the likely range in units on screen, people or days: "3.4 to 10.3 fewer"."""
    _, low, high = estimate.on_screen
    return likely_range(low, high, "fewer", "more")


def difference(estimate: Estimate) -> str:
    """Return a risk difference in people per 100: "6.8 fewer"."""
    value = (estimate.estimate or 0.0) * estimate.scale
    return "no difference" if value == 0 else f"{decimal(value)} {fewer_or_more(value)}"


def whole_people(estimate: Estimate) -> str:
    """Return a clear difference in whole people: "about 7 fewer people in every 100 leave"."""
    words = OUTCOMES[estimate.outcome]
    value = estimate.on_screen[0]
    n, direction = math.floor(abs(value) + 0.5), fewer_or_more(value)
    if n == 0:
        return f"slightly {direction} people (under 1 in every 100) {words.happen}"
    if n == 1:
        return f"about 1 {direction} person in every 100 {words.happens}"
    return f"about {n} {direction} people in every 100 {words.happen}"


def people(n: int | None) -> str:
    """Return a head count in words; a hidden one says so."""
    return "a hidden number of people" if n is None else plural(n, "person", "people")
