"""What the page on coaches says: never one by one, always in bands or without any one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboards.data import SiteData
from dashboards.definitions import term
from dashboards.estimates import Estimate, find, missing_word, records, why_missing
from dashboards.figures.bands import Bar
from dashboards.formats import DASH, count, plural
from dashboards.labels import OBSERVED
from dashboards.practice_pairs import Row, rows_of, summary_of
from dashboards.sentences import method
from dashboards.sentences.phrases import Statement, as_sentence, difference, range_in_words
from dashboards.sentences.practice import look_again
from dashboards.sentences.quality import has_one_kind
from dashboards.sentences.tiles import tile_title, verdict_word
from pipelines.core.limits import MIN_SESSIONS_OF_MIX, MIXED
from pipelines.core.status import NO_DATA, SHOWN, SUPPRESSED

Cells = tuple[str, ...]


def shown_bands(data: SiteData, topic: str) -> list[Row]:
    """Return a topic's bands that have a number."""
    return [row for row in rows_of(data, topic) if row["value"] is not None]


def why_no_bands(data: SiteData, topic: str) -> str:
    """Return why there are no bands, as a sentence."""
    rows = [row for row in rows_of(data, topic) if row["value"] is None]
    return as_sentence(why_missing(rows[0] if rows else None))


def finding(data: SiteData) -> str:
    """Return whether most coaches give both kinds of coaching."""
    mix = summary_of(data, "coach_mix")
    if mix is None or mix["n_coaches"] is None:
        word = missing_word(NO_DATA if mix is None else mix["status"])
        return f"How coaches divide can’t be told: {word}"
    low, high = MIXED
    coaches = plural(mix["n_coaches"], "coach", "coaches")
    if mix["conclusion"] is None:
        return f"How many of {coaches} give both kinds is hidden for privacy"
    if has_one_kind(data) and mix["conclusion"] == "all_pure":
        return f"Only one of the two kinds of coaching occurs: all {coaches} give that one alone"
    both, pure, mixed = (count(mix[name]) for name in ("n_both", "n_pure", "n_mixed"))
    within = f", {mixed} of them at {low} to {high} sessions in 100" if mix["n_mixed"] else ""
    told = {
        "all_mixed": f"All {coaches} give both kinds, at {low} to {high} sessions in 100",
        "all_both": f"All {coaches} give both kinds{within}",
        "mostly_both": f"Most coaches give both kinds: {both} of {coaches}{within}",
        "mostly_pure": f"{pure} of {coaches} give one kind alone, {both} both kinds",
        "all_pure": f"All {coaches} give one kind alone",
    }
    return told[mix["conclusion"]]


def lead(data: SiteData) -> str:
    """Return how many coaches there are, how many people most of them have, and why it matters."""
    mix, sizes = summary_of(data, "coach_mix"), shown_bands(data, "people_per_coach")
    told = []
    if mix is not None and mix["n_coaches"] is not None:
        n_coaches = plural(mix["n_coaches"], "coach", "coaches")
        told.append(f"{n_coaches} gave at least {MIN_SESSIONS_OF_MIX} sessions of the two kinds.")
    most = most_common(data, "people_per_coach", sizes)
    if most is not None:
        how_many = plural(most["n_coaches"], "coach", "coaches")
        told.append(
            f"The most common number of people per coach is {most['measure']}, for {how_many}."
            if len(sizes) > 1
            else f"Each had {most['measure']} people."
        )
    if mix is None or mix["conclusion"] != "all_pure":
        told.append(
            "Where coaches give both kinds, the kinds can be told from the coaches who give them."
        )
    return " ".join(told)


def most_common(data: SiteData, topic: str, bands: list[Row]) -> Row | None:
    """Return the band with most coaches; None where no band is shown."""
    summary = summary_of(data, topic)
    if summary is None:
        return None
    return next((band for band in bands if band["measure"] == summary["most"]), None)


def mix_bars(data: SiteData) -> list[Bar]:
    """Return the bands of the mix as bars."""
    return [
        Bar(band_name(row["measure"]), row["n_coaches"], _coaches(row))
        for row in shown_bands(data, "coach_mix")
    ]


def band_name(measure: str) -> str:
    """Return a band as people read it; the two pure ones by their number of sessions in 100."""
    return {"none": "0", "all": "100"}.get(measure, measure.removesuffix(" per 100"))


def size_bars(data: SiteData) -> list[Bar]:
    """Return the bands of people per coach as bars."""
    return [
        Bar(row["measure"], row["n_coaches"], _coaches(row))
        for row in shown_bands(data, "people_per_coach")
    ]


def _coaches(row: Row) -> str:
    return plural(row["n_coaches"], "coach", "coaches")


def certainty(data: SiteData, outcome: str, horizon: int) -> list[Statement]:
    """Return how alike people of one coach are, and whether any one coach carries the answer."""
    return [
        _spread(data, horizon),
        _without_one(data, outcome),
        _strength(data, outcome),
        Statement(
            "note",
            "What hangs on assumptions.",
            "That a coach’s leaning bears on the outcome only through the kind of coaching can’t "
            "be checked with any data.",
        ),
    ]


def spread(data: SiteData, horizon: int) -> Mapping[str, Any] | None:
    """Return the arm at the horizon whose errors are further apart, where both are known."""
    arms = [
        row
        for row in records(data.retention_curve)
        if (row["design"], row["segment"], row["day"]) == ("unadjusted", "all", horizon)
        and row["error_ratio"] is not None
    ]
    return max(arms, key=lambda row: row["error_ratio"], default=None)


def which_ranges(data: SiteData) -> str:
    """Return which likely ranges are made by coach: of people drawn, the one as assigned isn't."""
    every = data.assignment in (OBSERVED, "by_coach")
    return "every likely range here" if every else "every likely range but the one as assigned"


def _spread(data: SiteData, horizon: int) -> Statement:
    head = "People of one coach."
    arm = spread(data, horizon)
    if arm is None:
        return Statement("off", head, f"How alike they are: {_why_no_spread(data, horizon)}.")
    days, ratio = f"after {horizon} days", f"{arm['error_ratio']:.2f}"
    if not arm["is_clustered"]:
        text = (
            f"In who is still employed {days}, people of one coach are about as different as any "
            f"people: the error that allows for coaches is {ratio} times the plain one."
        )
        return Statement("yes", head, text)
    text = (
        f"In who is still employed {days}, people of one coach resemble each other: the error that "
        f"allows for coaches is {ratio} times the plain one, and {which_ranges(data)} allows for "
        "it."
    )
    return Statement("note", head, text)


def _why_no_spread(data: SiteData, horizon: int) -> str:
    """Return the word of the curves' last point; a hidden one comes first."""
    wanted = ("unadjusted", "all", horizon)
    found = {
        row["status"]
        for row in records(data.retention_curve)
        if (row["design"], row["segment"], row["day"]) == wanted and row["status"] != SHOWN
    }
    return missing_word(SUPPRESSED if SUPPRESSED in found else next(iter(found), NO_DATA))


def _without_one(data: SiteData, outcome: str) -> Statement:
    name = "leave_one_coach_out"
    for told in method.checks(data, outcome):
        if told.subject == name:
            return told
    return Statement("off", f"{method.CHECKS[name]}.", as_sentence(why_missing(None)))


def _instrument(data: SiteData, outcome: str) -> Mapping[str, Any] | None:
    return next(
        (
            row
            for row in records(data.instrument)
            if (row["design"], row["outcome"]) == ("coach_preference", outcome)
        ),
        None,
    )


def _strength(data: SiteData, outcome: str) -> Statement:
    head = "How much the coach decides."
    row = _instrument(data, outcome)
    if row is None or row["f_statistic"] is None:
        return Statement("off", head, as_sentence(why_missing(row)))
    needed, is_strong = row["min_f_statistic"], row["is_strong"]
    text = f"F is {row['f_statistic']:.0f}"
    if needed is not None:
        text += f", {'over' if is_strong else 'under'} the {needed:g} needed"
    if not is_strong:
        text += ", so nothing is told by the coach’s leaning"
    return Statement(
        "yes" if is_strong else "note",
        head,
        f"Whom somebody gets as a coach says {'much' if is_strong else 'too little'} about which "
        f"kind they get: {text}.",
    )


def preference_rows(data: SiteData, outcomes: list[tuple[str, int]]) -> list[Cells]:
    """Return outcomes by the coach's preference beside the adjusted difference, where any is."""
    rows: list[Cells] = []
    is_any_told = False
    for outcome, horizon in outcomes:
        estimand = _estimand(outcome)
        by_coach = find(data.comparison, outcome, horizon, "coach_preference", estimand)
        adjusted = find(data.comparison, outcome, horizon, "weighted", estimand)
        is_any_told |= by_coach.is_shown
        first = _instrument(data, outcome)
        f = DASH if first is None or first["f_statistic"] is None else f"{first['f_statistic']:.0f}"
        rows.append(
            (term(tile_title(adjusted), outcome), verdict_word(by_coach), _told(by_coach),
             _told(adjusted), f)
        )  # fmt: skip
    return rows if is_any_told else []


def why_no_preference(data: SiteData, outcomes: list[tuple[str, int]]) -> str:
    """Return why no outcome is told by the coach's leaning: what stands in place of each."""
    found = {
        missing_word(find(data.comparison, *each, "coach_preference", _estimand(each[0])).status)
        for each in outcomes
    }
    return f"No outcome is told by the coach’s leaning: {' or '.join(sorted(found))}."


def _estimand(outcome: str) -> str:
    return "risk_difference" if outcome.endswith("_exit") else "mean_difference"


def _told(estimate: Estimate) -> str:
    if not estimate.is_shown:
        return missing_word(estimate.status)
    return f"{difference(estimate)} ({range_in_words(estimate)})"


def band_cells(rows: list[Row]) -> tuple[Cells, ...]:
    """Return bands as a table's rows: band, coaches, people."""
    return tuple(
        (band_name(row["measure"]), count(row["n_coaches"]), count(row["n_people"])) for row in rows
    )


def next_steps(data: SiteData, min_coaches: int) -> list[Statement]:
    """Return what to do with it, and when to look again."""
    told = [
        Statement(
            "note",
            "Don’t rank coaches.",
            "Small groups swing by chance; this page has bands of coaches and no coach, however "
            f"it is read. Bands of fewer than {min_coaches} coaches or {data.min_group} people "
            "stand together with a neighbour.",
        )
    ]
    mix = summary_of(data, "coach_mix")
    if mix is not None and mix["is_mostly_pure"]:
        text = (
            "Where a coach gives one kind alone, nobody can say whether a difference goes with "
            "the kind or with the coach. Let some coaches give both."
        )
        told.append(Statement("next", "Mix the kinds.", text))
    elif mix is not None and mix["n_coaches"] is not None and data.assignment == OBSERVED:
        text = "Draw lots for who gets which coach; then the coach’s leaning is a fair test."
        told.append(Statement("next", "A fair test.", text))
    return told + look_again(data, "Bands and leanings move with new sessions.")
