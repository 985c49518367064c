"""What to do next, and when a look at the figures is worth it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from dashboards.data import SiteData
from dashboards.estimates import HIDES, HIDES_A_MEAN, Estimate, matching, records
from dashboards.formats import capitalised, day_month_year, joined, month_year
from dashboards.labels import OBSERVED, OUTCOMES, Arms, after, verdict_words
from dashboards.sentences.credibility import is_lottery_doubted
from dashboards.sentences.phrases import Statement, by_verdict, counted, range_in_words
from dashboards.sentences.verdict import shorter

NEWER_DATA = "Look again when newer data are in."
"""What is said where the day to look again by has passed without data that reach it."""
NOT_CREDIBLE = verdict_words("better", "not_credible").lower()


def next_look(data: SiteData, headline: Estimate) -> list[Statement]:
    """Return when another look is worth it, and what is ruled out until then."""
    row = _forecast(data, headline)
    told = [_again(data, headline, row), _room(headline)] if row else []
    return [statement for statement in told if statement]


def _forecast(data: SiteData, e: Estimate) -> Mapping[str, Any] | None:
    rows = matching(
        data.next_look, outcome=e.outcome, estimand=e.estimand, horizon_days=e.horizon_days
    )
    return next(iter(records(rows)), None)


def _again(data: SiteData, e: Estimate, row: Mapping[str, Any]) -> Statement | None:
    """Tell the day of the first figure, or by when everybody has been followed.

    Data that end long ago come first: no day helps before they are delivered.
    """
    by = row["followed_on"] if e.is_shown else row["first_on"]
    if data.cut.is_long_ago and not e.has_no_data:
        return _once_delivered(data, e, by)
    if by is not None and not e.is_shown:
        return _first_figure(data, e, by)
    by = row["followed_on"]
    return None if by is None else _followed(data, e, by)


def _followed(data: SiteData, e: Estimate, by: date) -> Statement:
    """Tell by when nobody's follow-up is open, or that the data end before that day."""
    if not data.is_ahead(by):
        text = "Everybody first coached so far could count by now, but the data end before that."
        return Statement("next", NEWER_DATA, text)
    text = (
        f"People count once day {e.horizon_days} after their first session is over; by then it is "
        "for everybody first coached so far."
    )
    if e.outcome in OUTCOMES:
        span = _span(e.horizon_days)
        text = f"By then everybody compared today will have been followed {span}."
    return Statement("next", f"Look again by {day_month_year(by)}.", text)


def _first_figure(data: SiteData, e: Estimate, by: date) -> Statement:
    """Tell with which data a first figure can come: enough people have then been followed.

    Where no shorter horizon has a verdict, that is the shortest that can have one.
    """
    horizon, first = e.horizon_days, by
    if shorter(data.comparison, e, data.horizon_days) is None:
        rows = matching(data.next_look, outcome=e.outcome, estimand=e.estimand)
        days = {row["horizon_days"]: row["first_on"] for row in records(rows) if row["first_on"]}
        horizon = min(days)
        first = days[horizon]
    text = (
        f"With data to that day enough people have been followed {_span(horizon)} for a first "
        "figure to be possible"
    )
    if horizon != e.horizon_days:
        text += f"; {_span(e.horizon_days)}, with data to {day_month_year(by)}"
    return Statement("next", f"Look again once the data reach {day_month_year(first)}.", f"{text}.")


def first_day(data: SiteData, e: Estimate) -> str:
    """Return with which data a first figure can come; empty where there is one, or none can."""
    row = _forecast(data, e)
    if e.is_shown or row is None or row["first_on"] is None:
        return ""
    return _first_figure(data, e, row["first_on"]).head


def _once_delivered(data: SiteData, e: Estimate, by: date | None) -> Statement:
    """Tell what to deliver before a look is worth it again."""
    waits_for = data.cut.waits_for
    since = f"from {month_year(waits_for)} on " if waits_for else "since then "
    what = "everybody compared here has" if e.is_shown else "enough people for a first figure have"
    text = f"First deliver what came {since}to now."
    if by is not None:
        span = _span(e.horizon_days)
        then = f"Once the data reach {day_month_year(by)}, {what} been followed {span}."
        text = f"{text} {then}"
    return Statement("next", NEWER_DATA, text)


def _span(horizon_days: int) -> str:
    return after(horizon_days).replace("after", "for")


def _room(e: Estimate) -> Statement | None:
    """Tell how large a difference an open answer still allows."""
    if not e.is_shown or e.verdict != "no_clear_difference":
        return None
    text = (
        f"The likely range, {range_in_words(e)} ({e.measure.counted}), excludes any larger "
        "difference. If less than that wouldn’t change what you do, you need not wait."
    )
    return Statement("note", "What is ruled out.", text)


def next_step(e: Estimate, data: SiteData, beside: Sequence[Estimate] = ()) -> Statement:
    """Return what can be done now, by the verdict; ``beside`` are the publication's others."""
    is_drawn = data.assignment != OBSERVED
    if e.is_shown and is_drawn and (is_lottery_doubted(data) or e.credibility == "not_credible"):
        text = (
            "The groups differ beforehand by more than lots leave: find out how lots were drawn, "
            "and who was coached otherwise. More people don’t mend it."
        )
        return Statement("next", "Look into the lottery.", text)
    if e.is_shown and e.verdict == "worse":
        lots = "" if is_drawn else ", and let lots decide before more teams change"
        text = (
            f"{counted(e).capitalize()} is a reason to look closer: see the parts of the "
            f"workforce and ask the teams{lots}."
        )
        return Statement("next", "Look closer before going on.", text)
    if e.is_shown and e.verdict == "better" and is_drawn:
        text = "The more people the lottery assigns, the narrower the range."
        return Statement("next", "Go on with the lottery.", text)
    if e.is_shown and e.verdict == "better":
        text = "Drawing lots for which teams start with which coaching would show more than this."
        return Statement("next", "A fair test.", text)
    if e.is_shown:
        arms = Arms(data.arm_a, data.arm_b)
        return Statement("next", "Don’t decide by this figure.", _what_decides(e, beside, arms))
    return _until_there_is_one(e, data)


def _what_decides(e: Estimate, beside: Sequence[Estimate], arms: Arms) -> str:
    """Return what speaks for either kind where the page's own difference doesn't."""
    clear = {
        each.outcome: each
        for each in beside
        if each.is_shown and each.verdict in ("better", "worse") and each.outcome != e.outcome
    }
    told = by_verdict((each.measure.title.lower(), each) for each in clear.values())
    listed = [f"{joined(names)}: {word}" for word, names in told if word != NOT_CREDIBLE]
    if not listed:
        return "Choose by what else matters to you, such as time and cost; nothing here decides."
    return (
        f"{capitalised(arms.with_a)} other outcomes differ ({'; '.join(listed)}); weigh those, "
        "and what else matters to you."
    )


def _until_there_is_one(e: Estimate, data: SiteData) -> Statement:
    """Return what can be done where there is no verdict."""
    if e.is_too_early:
        is_told = shorter(data.comparison, e, data.horizon_days) is not None
        sooner = "; a shorter time is told at the top" if is_told else ""
        text = f"Nobody can have been followed for so long yet{sooner}."
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
        return _hidden(e, data)
    text = "The reason stands above; the page on data quality says what the data can bear."
    return Statement("next", "Mend what stands in the way.", text)


def _hidden(e: Estimate, data: SiteData) -> Statement:
    """Return what can be done about a comparison that is hidden, by what it lacks."""
    row = _forecast(data, e)
    if row and row["lacks"] == "coaches":
        text = (
            f"Fewer than {data.min_coaches} coaches stand behind one of the kinds. If more of them "
            "give sessions, the delivery may name one for all: look at the coaches in the sessions."
        )
        return Statement("next", "Check who is named as the coach.", text)
    if row and row["first_on"] is not None:
        text = "Enough people have been coached, but too few of them long enough ago."
        return Statement("next", "Wait for time to pass.", text)
    is_of_people = row and row["lacks"] == "people"
    what = "more people" if is_of_people else f"more {HIDES.get(e.outcome, HIDES_A_MEAN)}"
    return Statement("next", "Nothing to do.", f"Only {what} in the smaller group can change that.")
