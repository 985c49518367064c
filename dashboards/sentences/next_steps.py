"""What to do next, and when a look at the figures is worth it again."""

from __future__ import annotations

import math
from datetime import date, timedelta

from dashboards.data import SiteData
from dashboards.estimates import Estimate, matching, records
from dashboards.formats import count, day_month_year, decimal, plural
from dashboards.labels import OUTCOMES, after
from dashboards.sentences.cut import compared_until
from dashboards.sentences.phrases import Statement, counted, way

MORE = 0.25
"""How many more people make a look worth it: a range is then a tenth narrower (1 / sqrt 1.25)."""
MOST_QUARTERS = 8
"""Waiting for longer than this isn't advice."""
_LATEST = 4


def next_look(data: SiteData, headline: Estimate) -> list[Statement]:
    """Return when everybody compared today has been followed, and when the range is narrower."""
    told = [_followed(data, headline), _narrower(data, headline), _room(headline)]
    return [statement for statement in told if statement]


def _followed(data: SiteData, e: Estimate) -> Statement | None:
    """Tell by when nobody's follow-up is still open: the last day 0 is the end of data at most."""
    until = compared_until(data)
    if until is None or not (e.n_people_a and e.n_people_b):
        return None
    by = until + timedelta(days=e.horizon_days)
    if by <= data.published_at.date():
        return None
    if e.outcome in OUTCOMES:
        span = after(e.horizon_days).replace("after", "for")
        text = (
            f"By then everybody compared today will have been followed {span}; until then the "
            "figure can still move."
        )
        return Statement("next", f"Look again by {day_month_year(by)}.", text)
    text = (
        f"People count once day {e.horizon_days} after their first session is over; by then it is "
        "for everybody first coached so far."
    )
    return Statement("next", f"Look again by {day_month_year(by)}.", text)


def _narrower(data: SiteData, e: Estimate) -> Statement | None:
    """Tell how long it takes until a quarter more people make the range a tenth narrower."""
    if not e.has_numbers or not (e.n_people_a and e.n_people_b):
        return None
    n = e.n_people_a + e.n_people_b
    more = math.ceil(n * MORE)
    head = "A range a tenth narrower"
    text = f"takes about {count(more)} more people than the {count(n)} of today."
    pace = _pace(data, e)
    until = compared_until(data)
    if pace is None or until is None:
        return Statement("next", head, text)
    quarters = math.ceil(more / pace)
    told = f" About {count(round(pace))} came in each of the last quarters that are shown;"
    if quarters > MOST_QUARTERS:
        told += " at that pace it takes more than two years, so don’t wait for it."
    else:
        told += (
            f" at that pace it takes {plural(quarters, 'quarter', 'quarters')}, until about "
            f"{_quarter(until, quarters)}."
        )
    return Statement("next", head, text + told)


def _pace(data: SiteData, e: Estimate) -> float | None:
    """Return the people per quarter of day 0, over the latest quarters that show a number."""
    rows = matching(
        data.comparison,
        outcome=e.outcome,
        estimand=e.estimand,
        horizon_days=e.horizon_days,
        design="weighted",
        segment="period",
    )
    shown = sorted(
        (row["segment_value"], row["n_people_a"] + row["n_people_b"])
        for row in records(rows)
        if row["n_people_a"] is not None and row["n_people_b"] is not None
    )
    sizes = [n for _, n in shown[-_LATEST:] if n]
    return sum(sizes) / len(sizes) if sizes else None


def _quarter(start: date, n: int) -> str:
    """Return the quarter that lies ``n`` quarters after the one of ``start``: "Q3 2027"."""
    index = start.year * 4 + (start.month - 1) // 3 + n
    return f"Q{index % 4 + 1} {index // 4}"


def _room(e: Estimate) -> Statement | None:
    """Tell how large a difference an open answer still allows."""
    if not e.is_shown or e.verdict != "no_clear_difference":
        return None
    _, low, high = e.on_screen
    digits, unit = e.measure.digits, e.measure.counted
    text = (
        f"A difference beyond {decimal(low, digits)} {way(e, low)} or {decimal(high, digits)} "
        f"{way(e, high)} ({unit}) lies outside the likely range. If less than that wouldn’t "
        "change what you do, you need not wait."
    )
    return Statement("note", "What is ruled out.", text)


def next_step(e: Estimate) -> Statement:
    """Return what can be done now, by the verdict."""
    if e.is_shown and e.verdict == "worse":
        text = (
            f"{counted(e).capitalize()} is a reason to look closer: see the parts of the "
            "workforce, ask the teams, and let lots decide before more teams change."
        )
        return Statement("next", "Look closer before going on.", text)
    if e.is_shown and e.verdict == "better":
        text = "Drawing lots for which teams start with which coaching would show more than this."
        return Statement("next", "A fair test.", text)
    if e.is_shown:
        text = "Choose by what else matters to you, such as time and cost; nothing here decides."
        return Statement("next", "Don’t decide by this figure.", text)
    if e.is_too_early:
        text = "Nobody can have been followed for so long yet; a shorter time may be told already."
        return Statement("next", "Wait for time to pass.", text)
    if e.has_no_data:
        text = "The page on data quality names what is missing."
        return Statement("next", "Deliver the data first.", text)
    if e.verdict == "too_little_data":
        return Statement("next", "Wait for more people.", "Nothing can be read from it yet.")
    if e.is_hidden:
        text = "Only more people, coaches or leavers in the smaller group can change that."
        return Statement("next", "Nothing to do.", text)
    text = "The reason stands above; the page on data quality says what the data can bear."
    return Statement("next", "Mend what stands in the way.", text)
