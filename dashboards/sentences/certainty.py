"""What the result means for a leader, and how sure one can be."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from dashboards.data import SiteData
from dashboards.estimates import Estimate, find, missing_word, records, rest_of_leavers, why_missing
from dashboards.figures.balance import BalanceInfo
from dashboards.figures.tiles import summary_tiles, tiles_info
from dashboards.formats import (
    ABOUT_EQUAL,
    capitalised,
    count,
    decimal,
    joined,
    likely_range,
    lowered,
    plural,
    whole,
)
from dashboards.labels import OUTCOMES, VERDICTS, Arms, after, within
from dashboards.sentences.credibility import is_lottery_doubted, is_of_size_alone, why_weak
from dashboards.sentences.next_steps import next_step
from dashboards.sentences.phrases import (
    Statement,
    as_sentence,
    by_verdict,
    counted,
    difference,
    people,
    range_in_words,
    together,
    way,
)
from dashboards.sentences.tiles import why_not
from dashboards.sentences.verdict import outcome_name, shorter

_NO_RANKING = Statement(
    "note",
    "Do not rank people, coaches or sites with this page.",
    "It compares two kinds of coaching as a whole.",
)


def meaning(
    data: SiteData, headline: Estimate, others: Sequence[Estimate], *, is_brief: bool = False
) -> list[Statement]:
    """Return what the result means for the reader, the size first.

    A brief one leaves the size and its timing to the page on the outcome.
    """
    every = find(data.comparison, "any_exit", headline.horizon_days)
    told = [
        None if is_brief else _scale(headline),
        why_two_figures(headline, every),
        None if is_brief else _timing(data.comparison, headline, data.horizon_days),
        *(_other(e) for e in others if e.outcome != headline.outcome),
        _NO_RANKING,
    ]
    step = next_step(headline, data, [*others, *_summary(data)])
    told = [step, *told] if is_lottery_doubted(data) else [*told, step]
    return together([statement for statement in told if statement])


def _summary(data: SiteData) -> list[Estimate]:
    """The outcomes that the summary leads with, which no page on one of them leaves out."""
    return [tile.adjusted for tile in tiles_info(data.comparison, summary_tiles(data.horizon))]


def _scale(e: Estimate) -> Statement | None:
    if not e.is_shown:
        return None
    if e.outcome not in OUTCOMES:
        return _scale_of_means(e)
    words = OUTCOMES[e.outcome].counted
    value, low, high = e.on_screen_for(1_000)
    ends = likely_range(low, high, "fewer", "more", digits=0)
    if e.verdict == "no_clear_difference":
        text = f"In every 1,000 people the likely range is {ends} {words} {within(e.horizon_days)}."
        return Statement("next", "Scale.", text)
    return Statement(
        "next",
        "Scale.",
        f"In every 1,000 people that is about {decimal(value, 0)} {way(e, value)} {words} "
        f"{within(e.horizon_days)}, likely range {ends}.",
    )


def why_two_figures(chosen: Estimate, every: Estimate) -> Statement | None:
    """Explain why leavers by choice and all leavers differ, where they do in whole people."""
    are_clear = all(e.is_shown and e.verdict in ("better", "worse") for e in (chosen, every))
    if chosen.outcome != "voluntary_exit" or not are_clear:
        return None
    n_chosen, n_all = (whole(e.as_told[0]) for e in (chosen, every))
    if n_chosen == n_all or 0 in (n_chosen, n_all):
        return None
    of_all, of_chosen, of_rest = (
        f"{decimal(value, every.measure.digits)} {way(every, value)}" if value else "as many"
        for value in rest_of_leavers(every, chosen)
    )
    text = (
        f"Leaving by choice: {of_chosen}; dismissals and other exits: {of_rest}; all leavers: "
        f"{of_all}."
    )
    by_choice, in_all = (decimal(e.as_told[0], e.measure.digits) for e in (chosen, every))
    return Statement("next", f"Why {by_choice} by choice and {in_all} in all.", text)


def _scale_of_means(e: Estimate) -> Statement | None:
    """Tell hours per 1,000 scheduled; points in hundredths of a scale that has other ends."""
    measure = e.measure
    if measure.ends == (0, 100):
        return None
    value, low, high = e.in_hundredths if measure.ends else e.on_screen_for(1_000)
    digits = 1 if measure.ends else 0
    ends = likely_range(low, high, measure.less, measure.more, digits)
    start = "In hundredths of the scale" if measure.ends else "In every 1,000 hours scheduled"
    if e.verdict == "no_clear_difference":
        return Statement("next", "Scale.", f"{start} the likely range is {ends}.")
    size = f"{decimal(value, digits)} {way(e, value)}"
    return Statement("next", "Scale.", f"{start} that is about {size}, likely range {ends}.")


def _timing(
    comparison: pl.DataFrame, headline: Estimate, horizons: Sequence[int]
) -> Statement | None:
    if not headline.is_shown or headline.outcome not in OUTCOMES:
        return None
    rows = [find(comparison, headline.outcome, h) for h in sorted(horizons)]
    shown = [e for e in rows if e.is_shown]
    if len(shown) < 2 or all(e.verdict == "no_clear_difference" for e in shown):
        return None
    return Statement(
        "next", "Timing.", f"Per 100 people: {joined([_at_horizon(e) for e in shown])}."
    )


def _at_horizon(e: Estimate) -> str:
    told = f"{difference(e)} {after(e.horizon_days)}"
    if e.verdict == "no_clear_difference":
        return f"{told} ({VERDICTS[e.verdict].lower()})"
    return f"{told} (weakly supported)" if e.is_capped else told


def _other(e: Estimate) -> Statement | None:
    head = f"{capitalised(outcome_name(e))}."
    if not e.is_shown:
        return Statement("note", head, why_not(e))
    if e.verdict == "no_clear_difference":
        text = f"{VERDICTS[e.verdict]}: likely range {range_in_words(e)}{_per(e)}."
        return Statement("next", head, text)
    return Statement(
        "next",
        head,
        f"{e.verdict_words}: {counted(e)}, likely range {range_in_words(e)}.",
    )


def no_harm(further: Sequence[Estimate]) -> Statement | None:
    """Tell whether any further outcome is worse; silent where none of them can be told."""
    told = [e for e in further if e.is_shown]
    if not told:
        return None
    by_word = by_verdict((outcome_name(e), e) for e in told)
    listed = "; ".join(f"{joined(names)}: {word}" for word, names in by_word)
    if any(e.verdict == "worse" for e in told):
        return Statement("note", "Worse elsewhere.", f"{capitalised(listed)}.")
    head = "Better elsewhere." if any(_is_better(e) for e in told) else "No sign of harm."
    text = f"{capitalised(listed)}. That none is clearly worse is not proof that none is."
    return Statement("next", head, text)


def _is_better(e: Estimate) -> bool:
    return e.verdict == "better" and not e.is_capped


def _per(e: Estimate) -> str:
    return f" {e.measure.counted}" if e.measure.ends is None else " (points)"


def certainty_score(e: Estimate, balance: BalanceInfo, data: SiteData) -> tuple[str, str, bool]:
    """Return the one-line answer to "how sure are we?", and whether it is a clear one."""
    if e.is_capped:
        of = "the size" if is_of_size_alone(data, e) else "a direction"
        return f"Not sure of {of}.", why_weak(data, e.outcome), False
    if e.is_shown and e.verdict in ("better", "worse"):
        if balance.is_alike:
            return "Fairly sure about the direction.", "Less sure about the exact size.", True
        return "Clear in these numbers.", "But the groups still differ.", False
    if e.is_shown and is_lottery_doubted(data):
        text = "The lottery is in doubt, which more people don’t mend."
        return "Not sure of a direction.", text, False
    if e.is_shown:
        return "Not sure of a direction.", "More people would narrow the range.", False
    if e.is_too_early and shorter(data.comparison, e, data.horizon_days):
        text = "It is too early; a shorter time is told at the top."
        return f"Not sure of anything {within(e.horizon_days)} yet.", text, False
    if e.is_too_early:
        return "Not sure of anything yet.", "It is too early.", False
    if e.verdict == "too_little_data" and not e.has_no_data:
        return "Not sure of anything yet.", "There are too few people.", False
    return "No claim is made.", as_sentence(e.explained), False


def certainty(
    e: Estimate,
    unadjusted: Estimate,
    balance: BalanceInfo,
    weights: pl.DataFrame,
    arms: Arms,
    anytime: pl.DataFrame,
    shown_at: str,
    unrecorded: Statement | None = None,
    *,
    is_drawn: bool = False,
    is_rounded: bool = False,
) -> list[Statement]:
    """Return what speaks for the result and what against, as the checks found it.

    ``shown_at`` is where the reader finds how alike the groups are; ``unrecorded`` says how
    strong something would have to be that no source holds, where that was computed. ``is_drawn``:
    a lottery decided, so that nothing is weighted and what isn't recorded differs by chance alone.
    ``is_rounded``: how many left in this way is told in steps.
    """
    told = [_enough_people(e, is_rounded=is_rounded), _alike(balance, shown_at)]
    if e.has_numbers:
        apart = unrecorded or Statement("note", "Differences nobody recorded.", _UNRECORDED)
        told += [
            None if is_drawn else _weights(weights, arms, e),
            _agrees(e, unadjusted),
            None if is_drawn else apart,
            Statement("note", "Looked at often.", _ONE_LOOK + _every_night(e, anytime)),
        ]
    return [statement for statement in told if statement]


_WHOLE = ", people without a value among them,"
_UNRECORDED = "The groups may differ in ways that no source holds; adjusting can’t correct those."
_ONE_LOOK = "A 95% range is meant for one look; over many looks some will look clear by chance."


def _every_night(e: Estimate, anytime: pl.DataFrame) -> str:
    """Tell the range that holds on all looks together, where there is one."""
    ends = every_night(e, anytime)
    if ends is None:
        return ""
    told = likely_range(*ends, "fewer", "more")
    return (
        f" The range that holds on all looks together is {told} per 100; a verdict is told without "
        "reserve only where that one excludes zero."
    )


def every_night(e: Estimate, anytime: pl.DataFrame) -> tuple[float, float] | None:
    """Return the range that holds on all looks together in units on screen, or None."""
    wanted = (e.outcome, e.horizon_days, "weighted", e.estimand)
    for row in records(anytime):
        found = (row["outcome"], row["horizon_days"], row["design"], row["estimand"])
        low, high = row["anytime_conf_low"], row["anytime_conf_high"]
        if found == wanted and low is not None and high is not None:
            _, low, high = e.to_screen(0.0, low, high)
            return low, high
    return None


def _enough_people(e: Estimate, *, is_rounded: bool = False) -> Statement | None:
    if e.has_no_data:
        return None
    if e.n_people_a is None and e.n_people_b is None:
        return Statement(
            "note", "People.", f"How many are in each group: {missing_word(e.status_of_people)}."
        )
    if not (e.n_people_a or e.n_people_b):
        return None
    known = "" if e.outcome in OUTCOMES else " with a value"
    text = f"{capitalised(people(e.n_people_a))}{known} against {people(e.n_people_b)}"
    if not known and e.n_events is not None:
        when = "so far" if e.is_too_early else within(e.horizon_days)
        about = "about " if is_rounded else ""
        text += f"; {about}{count(e.n_events)} of them {OUTCOMES[e.outcome].happened} {when}"
    elif not known and e.is_hidden:
        text += f"; a hidden number of them {OUTCOMES[e.outcome].happened}"
    text += "."
    if e.is_shown:
        return Statement("yes", "Enough people.", text, "people")
    is_few = e.verdict == "too_little_data" and not e.is_too_early
    head = "Too few people." if is_few else "People."
    return Statement("note", head, text)


def _alike(balance: BalanceInfo, shown_at: str) -> Statement | None:
    n = balance.n_characteristics
    if not n:
        return Statement("off", "Similar groups.", balance.why_empty)
    text = (
        f"{balance.n_alike} of {plural(n, 'characteristic', 'characteristics')} are alike after "
        f"adjusting; before, {balance.n_alike_before} of {n} ({shown_at})."
    )
    if balance.absent:
        text += f" Not available: {joined([lowered(name) for name in balance.absent])}."
    is_sure = balance.is_alike and not balance.absent
    return Statement("yes" if is_sure else "note", "Similar groups.", text, "groups")


def _weights(weights: pl.DataFrame, arms: Arms, e: Estimate) -> Statement | None:
    """Tell how even the weights are: those of everybody compared, with or without a value."""
    rows = {row["arm"]: row for row in records(weights) if row["design"] == "weighted"}
    a, b = rows.get(arms.a), rows.get(arms.b)
    if a is None or b is None:
        return None
    sizes = [row["effective_sample_size"] for row in (a, b)]
    largest = [row["largest_weight"] for row in (a, b) if row["largest_weight"] is not None]
    if None in sizes or not largest:
        gap = a if sizes[0] is None or a["largest_weight"] is None else b
        return Statement("note", "Weights.", as_sentence(why_missing(gap)))
    is_even = a["is_even"] and b["is_even"]
    text = (
        f"After weighting, the groups{_WHOLE if e.outcome not in OUTCOMES else ''} count for "
        f"{sizes[0]:,.0f} and {sizes[1]:,.0f} people; the largest weight is "
        f"{max(largest):.1f}."
    )
    head = "Even weights." if is_even else "Uneven weights."
    return Statement("yes" if is_even else "note", head, text, "weights")


def _agrees(e: Estimate, unadjusted: Estimate) -> Statement | None:
    if not e.is_shown or unadjusted.estimate is None or e.verdict == "no_clear_difference":
        return None
    same = unadjusted.is_below == e.is_below
    was = counted(unadjusted)
    told = f"Before adjusting {'they were' if was == ABOUT_EQUAL else 'the difference was'} {was}"
    if same:
        return Statement("yes", "Same direction either way.", f"{told}, after it {difference(e)}.")
    return Statement("note", "Adjusting turns it round.", f"{told}, after it {difference(e)}.")
