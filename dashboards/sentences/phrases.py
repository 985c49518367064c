"""The pieces that sentences are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from dashboards.estimates import Estimate, missing_word
from dashboards.formats import (
    ABOUT_EQUAL,
    about_points,
    capitalised,
    decimal,
    direction,
    likely_range,
    lowered,
    plural,
    whole,
)
from dashboards.labels import OUTCOMES, VERDICTS, within


@dataclass(frozen=True)
class Run:
    """A stretch of text in a paragraph; the strong ones carry the figures."""

    text: str
    is_strong: bool = False


@dataclass(frozen=True)
class Statement:
    """One item of a list: a mark, two or three words that name it, and what is said.

    ``subject`` is what checks of credibility may be about as well (`credibility.SUBJECTS`).
    """

    mark: Literal["yes", "note", "next", "off"]
    head: str
    text: str
    subject: str = ""


def together(statements: Sequence[Statement]) -> list[Statement]:
    """Return a list in which what is said of several things alike is said once of all of them."""
    heads: dict[tuple[str, str], list[str]] = {}
    for each in statements:
        heads.setdefault((each.mark, each.text), []).append(each.head.removesuffix("."))
    return [
        Statement(mark, f"{'; '.join([first, *map(lowered, rest)])}.", text)  # type: ignore[arg-type]
        for (mark, text), (first, *rest) in heads.items()
    ]


def by_verdict(named: Iterable[tuple[str, Estimate]]) -> list[tuple[str, list[str]]]:
    """Return the names by verdict word, in the verdicts' fixed order."""
    groups: dict[str, list[str]] = {word.lower(): [] for word in VERDICTS.values()}
    for name, e in named:
        word = e.verdict_words.lower() if e.is_shown else missing_word(e.status)
        groups.setdefault(word, []).append(name)
    return [(word, names) for word, names in groups.items() if names]


def as_sentence(reason: str) -> str:
    """Return a reason from the tables as a sentence of its own."""
    text = capitalised(reason.strip())
    return text if text.endswith((".", "!", "?")) else f"{text}."


def way(estimate: Estimate, value: float) -> str:
    """Return the direction of a difference in an outcome: "fewer", "higher"."""
    return direction(value, estimate.measure.less, estimate.measure.more)


def range_in_words(estimate: Estimate) -> str:
    """Return the likely range in units on screen: "3.4 to 10.3 fewer", "4.3 to 7.9 lower"."""
    _, low, high = estimate.on_screen
    measure = estimate.measure
    return likely_range(low, high, measure.less, measure.more, measure.digits)


def difference(estimate: Estimate) -> str:
    """Return a difference in units on screen: "6.8 fewer", "6.1 lower"."""
    value = estimate.difference_on_screen
    if not value or estimate.is_nothing:
        return ABOUT_EQUAL
    return f"{decimal(value, estimate.measure.digits)} {way(estimate, value)}"


def counted(estimate: Estimate) -> str:
    """Return a difference with what it counts: "6.8 fewer people per 100", "6.1 points lower"."""
    measure, value = estimate.measure, estimate.difference_on_screen
    if not value or estimate.is_nothing:
        return ABOUT_EQUAL
    size, side = decimal(value, measure.digits), way(estimate, value)
    if measure.is_less_first:
        return f"{size} {side} {measure.counted}"
    return f"{size} {measure.counted} {side}"


def words_around_difference(estimate: Estimate) -> tuple[str, str]:
    """Return the words before and after a difference that make a sentence's end of it."""
    if estimate.estimand == "rmst_difference_days":
        return "", " employed"
    if estimate.outcome in OUTCOMES:
        return "", f" {OUTCOMES[estimate.outcome].happened}"
    if estimate.measure.ends is None:
        return "", f" were lost to {subject(estimate)}"
    return f"{subject(estimate)} was ", ""


def subject(estimate: Estimate) -> str:
    """Return what is compared, inside a sentence: "how many people leave within a year"."""
    if estimate.estimand == "rmst_difference_days":
        return f"days employed in {estimate.horizon_days:,} days"
    if estimate.outcome in OUTCOMES:
        happen = OUTCOMES[estimate.outcome].happen
        return f"how many people {happen} {within(estimate.horizon_days)}"
    return estimate.measure.title.lower()


def finding_clause(estimate: Estimate) -> str:
    """Return a clear difference as a clause, in whole people, hours or points if it can be."""
    if estimate.outcome in OUTCOMES:
        return f"{whole_people(estimate)} {within(estimate.horizon_days)}"
    value = estimate.on_screen[0]
    if estimate.measure.ends is None:
        return f"{_whole_hours(estimate)} lost to {subject(estimate)}"
    low, high = estimate.measure.ends
    side = way(estimate, value)
    size = f"{about_points(value, estimate.measure.digits)} {side}"
    return f"{subject(estimate)} is {size} on a scale from {low} to {high}"


def of_how_many(estimate: Estimate) -> tuple[int, str]:
    """Return a difference in whole people or hours as told, and out of how many: 7, "100".

    Under 2 in 100 it is told of 1,000: a whole one in 100 may be half as much again.
    """
    if estimate.is_under_two:
        return whole(estimate.on_screen_for(1_000)[0]), "1,000"
    return whole(estimate.as_told[0]), "100"


def _whole_hours(estimate: Estimate) -> str:
    (n, every), side = of_how_many(estimate), way(estimate, estimate.on_screen[0])
    if n == 0:
        return f"slightly {side} hours (under 1 in every {every} scheduled) are"
    noun, verb = ("hour", "is") if n == 1 else ("hours", "are")
    return f"about {n} {side} {noun} in every {every} scheduled {verb}"


def whole_people(estimate: Estimate) -> str:
    """Return a clear difference in whole people: "about 7 fewer people in every 100 leave"."""
    words = OUTCOMES[estimate.outcome]
    (n, every), side = of_how_many(estimate), way(estimate, estimate.on_screen[0])
    if n == 0:
        return f"slightly {side} people (under 1 in every {every}) {words.happen}"
    if n == 1:
        return f"about 1 {side} person in every {every} {words.happens}"
    return f"about {n} {side} people in every {every} {words.happen}"


def people(n: int | None) -> str:
    """Return a head count in words; a hidden one says so."""
    return "a hidden number of people" if n is None else plural(n, "person", "people")
