"""What to do next, and when a look at the figures is worth it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboards.data import SiteData
from dashboards.estimates import Estimate, matching, records
from dashboards.formats import day_month_year
from dashboards.labels import OUTCOMES, after
from dashboards.sentences.phrases import Statement, counted, range_in_words

NEWER_DATA = "Look again when newer data are in."
"""What is said where the day to look again by has passed without data that reach it."""


def next_look(data: SiteData, headline: Estimate) -> list[Statement]:
    """Return when everybody compared today has been followed, and what is ruled out until then."""
    row = _forecast(data, headline)
    told = [_followed(data, headline, row), _room(headline)] if row else []
    return [statement for statement in told if statement]


def _forecast(data: SiteData, e: Estimate) -> Mapping[str, Any] | None:
    rows = matching(
        data.next_look, outcome=e.outcome, estimand=e.estimand, horizon_days=e.horizon_days
    )
    return next(iter(records(rows)), None)


def _followed(data: SiteData, e: Estimate, row: Mapping[str, Any]) -> Statement | None:
    """Tell by when nobody's follow-up is still open, or that the data end before that day."""
    by = row["followed_on"]
    if by is None:
        return None
    if not data.is_ahead(by):
        text = "Everybody first coached so far could count by now, but the data end before that."
        return Statement("next", NEWER_DATA, text)
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


def _room(e: Estimate) -> Statement | None:
    """Tell how large a difference an open answer still allows."""
    if not e.is_shown or e.verdict != "no_clear_difference":
        return None
    text = (
        f"The likely range, {range_in_words(e)} ({e.measure.counted}), leaves out any larger "
        "difference. If less than that wouldn’t change what you do, you need not wait."
    )
    return Statement("note", "What is ruled out.", text)


def next_step(e: Estimate, is_drawn: bool = False) -> Statement:
    """Return what can be done now, by the verdict; ``is_drawn``: a lottery decided already."""
    if e.is_shown and e.verdict == "worse":
        text = (
            f"{counted(e).capitalize()} is a reason to look closer: see the parts of the "
            "workforce, ask the teams, and let lots decide before more teams change."
        )
        return Statement("next", "Look closer before going on.", text)
    if e.is_shown and e.verdict == "better" and is_drawn and e.is_capped:
        text = (
            "First find out why a check of the comparison fails although lots are said to have "
            "been drawn."
        )
        return Statement("next", "Look into the lottery.", text)
    if e.is_shown and e.verdict == "better" and is_drawn:
        text = "The more people the lottery assigns, the narrower the range."
        return Statement("next", "Go on with the lottery.", text)
    if e.is_shown and e.verdict == "better":
        text = "Drawing lots for which teams start with which coaching would show more than this."
        return Statement("next", "A fair test.", text)
    if e.is_shown:
        text = "Choose by what else matters to you, such as time and cost; nothing here decides."
        return Statement("next", "Don’t decide by this figure.", text)
    if e.is_too_early:
        shorter = "; a shorter time may be told already" if e.outcome in OUTCOMES else ""
        text = f"Nobody can have been followed for so long yet{shorter}."
        return Statement("next", "Wait for time to pass.", text)
    if e.has_no_data and 0 in (e.n_people_a, e.n_people_b) and (e.n_people_a or e.n_people_b):
        text = (
            "Only one of the two kinds occurs in the sessions. Check that the settings name "
            "both as your sessions do ([comparison] arm_a, arm_b)."
        )
        return Statement("next", "Compare two kinds that are given.", text)
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
