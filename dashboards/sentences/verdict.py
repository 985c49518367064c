"""The top of the page: what is compared, the verdict, its figures and how to read it."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from dashboards.estimates import Estimate, find
from dashboards.formats import ABOUT_EQUAL, capitalised, joined, plural
from dashboards.labels import OBSERVED, OUTCOMES, Arms, within
from dashboards.sentences.credibility import Doubts
from dashboards.sentences.phrases import (
    Run,
    as_sentence,
    by_verdict,
    counted,
    difference,
    finding_clause,
    people,
    range_in_words,
    subject,
    words_around_difference,
)


def headline(comparison: pl.DataFrame, horizon_days: int) -> Estimate:
    """Return the estimate that the page leads with.

    That is leaving by choice; where it can't be reported but all leavers can, the latter.
    """
    chosen = find(comparison, "voluntary_exit", horizon_days)
    if chosen.is_shown or chosen.verdict == "too_little_data":
        return chosen
    everyone = find(comparison, "any_exit", horizon_days)
    return everyone if everyone.is_shown else chosen


def shorter(
    comparison: pl.DataFrame, estimate: Estimate, horizons: Sequence[int]
) -> Estimate | None:
    """Return what the longest horizon with a verdict says where the headline's has none.

    That is the same kind of exit; where none of it has one, all leavers.
    """
    if estimate.is_shown or estimate.outcome not in OUTCOMES:
        return None
    found = (
        find(comparison, outcome, horizon)
        for outcome in (estimate.outcome, "any_exit")
        for horizon in sorted(horizons, reverse=True)
    )
    return next((e for e in found if e.is_shown), None)


def at_shorter(e: Estimate) -> str:
    """Return a verdict at a shorter horizon as a sentence of its own."""
    ends = f"{range_in_words(e)} {e.measure.counted}"
    words = e.verdict_words.lower()
    return f"{e.measure.title} {within(e.horizon_days)}: {words} (likely range {ends})."


def kicker(arms: Arms, n_sites: int | None, estimate: Estimate) -> str:
    """Return the line over the verdict: what is compared, in how many sites and people."""
    parts = [f"{capitalised(arms.both)}{' compared' if estimate.is_shown else ''}"]
    if n_sites and not estimate.has_no_data:
        parts.append(plural(n_sites, "site", "sites"))
    if estimate.n_people:
        parts.append(people(estimate.n_people))
    return " · ".join(parts)


def verdict_sentence(estimate: Estimate, arms: Arms) -> str:
    """Return the page's one sentence."""
    compared = subject(estimate)
    if estimate.is_capped and estimate.credibility == "not_credible":
        return f"Not credible: {compared} can’t be compared fairly"
    if estimate.is_shown and estimate.verdict in ("better", "worse"):
        finding = f"{arms.where_a}, {finding_clause(estimate)}{arms.than_b}"
        return f"{finding}, but this is weakly supported" if estimate.is_capped else finding
    if estimate.is_shown:
        return f"No clear difference between {arms.both} in {compared}"
    if estimate.is_too_early:
        return f"Too early to compare {compared}"
    if estimate.has_no_data:
        return f"No data yet to compare {compared}"
    if estimate.verdict == "too_little_data":
        return f"Too little data yet to compare {compared}"
    if estimate.is_hidden:
        return f"Hidden for privacy: the comparison of {compared}"
    return f"Not reportable: {compared} can’t be compared fairly"


def page_title(estimate: Estimate, arms: Arms) -> str:
    """Return the document's title: the verdict, then the publication's name."""
    return f"{verdict_sentence(estimate, arms)} – Coaching outcomes"


def lead(
    estimate: Estimate,
    unadjusted: Estimate,
    others: Sequence[Estimate],
    arms: Arms,
    n_characteristics: int,
    assignment: str = OBSERVED,
    *,
    is_doubted: bool = False,
    sooner: Estimate | None = None,
) -> tuple[Run, ...]:
    """Return the paragraph under the verdict: the figures, the range, the other outcomes.

    ``is_doubted``: whether a check doubts that the declared lottery decided; ``sooner``: what a
    shorter horizon says in the place of one without a verdict.
    """
    if not estimate.is_shown:
        told = [Run(f" {at_shorter(sooner)}")] if sooner else []
        return (*_no_figures(estimate, arms), *told, Run(_others(others)))
    measured = plural(n_characteristics, "characteristic", "characteristics")
    adjusted = f"{measured} we can measure" if n_characteristics else "what we can measure"
    before, after = words_around_difference(estimate)
    with_what = f"after adjusting for {adjusted}"
    if assignment != OBSERVED:
        is_doubted = is_doubted or _is_doubted(estimate)
        by_chance = "differences" if is_doubted else "chance differences"
        drawn = as_drawn(assignment, is_doubted)
        with_what = f"{drawn}, with {by_chance} in {adjusted} taken out"
    runs = [
        Run(f"Compared with {arms.named_b}, and {with_what}, {before}"),
        Run(_figure(estimate), is_strong=True),
        Run(f"{after}; likely range "),
        Run(range_in_words(estimate), is_strong=True),
        Run("."),
    ]
    if estimate.verdict == "no_clear_difference":
        where = "ends at zero" if 0.0 in estimate.on_screen[1:] else "reaches both sides of zero"
        runs.append(Run(f" That range {where}, so no direction can be read."))
    if unadjusted.estimate is not None:
        runs.append(Run(f" Before adjusting, it was {difference(unadjusted)}."))
    return (*runs, Run(_others(others)))


def sure_of(estimate: Estimate, sooner: Estimate | None = None) -> str:
    """Return how sure the verdict is, to stand beside it: its likely range.

    Without one, what a shorter horizon says; empty where none says anything.
    """
    if not estimate.is_shown:
        return at_shorter(sooner) if sooner else ""
    told = f"Likely range: {range_in_words(estimate)} {estimate.measure.counted}"
    if estimate.verdict == "no_clear_difference":
        return f"{told}, so no direction can be read."
    return f"{told}."


def _figure(estimate: Estimate) -> str:
    if estimate.on_screen[0]:
        return counted(estimate)
    return "about as many people" if estimate.outcome in OUTCOMES else ABOUT_EQUAL


def _no_figures(estimate: Estimate, arms: Arms) -> tuple[Run, ...]:
    if estimate.has_no_data and estimate.n_people_a is None:
        return (Run(f"There is no data on {arms.both}."),)
    runs = [Run(as_sentence(estimate.explained), is_strong=True)]
    is_known = estimate.n_people_a is not None or estimate.n_people_b is not None
    is_anybody = bool(estimate.n_people_a or estimate.n_people_b)
    if is_known and is_anybody and not estimate.is_too_early:
        a, b = (
            people(n) if n != 0 else "nobody" for n in (estimate.n_people_a, estimate.n_people_b)
        )
        runs.append(Run(f" So far {a} {arms.with_a} and {b} {arms.with_b}"))
        runs.append(Run(_known_of(estimate)))
    return tuple(runs)


def _known_of(estimate: Estimate) -> str:
    return " could be followed." if estimate.outcome in OUTCOMES else " had a value."


def _others(others: Sequence[Estimate]) -> str:
    """Return the other outcomes' verdicts, grouped: "Dismissals: no clear difference."."""
    told = by_verdict((outcome_name(e), e) for e in others if e.reason or not e.has_no_data)
    return "".join(f" {capitalised(joined(names))}: {word}." for word, names in told)


def outcome_name(estimate: Estimate) -> str:
    """Return an outcome's name inside a sentence."""
    return estimate.measure.title.lower()


def caution(
    estimate: Estimate, arms: Arms, assignment: str = OBSERVED, doubts: Doubts | None = None
) -> tuple[str, str]:
    """Return how the verdict may be read, as far as nothing was found against it."""
    doubts = doubts or Doubts()
    if assignment != OBSERVED and estimate.is_shown:
        return _under_lottery(estimate, assignment, doubts)
    if estimate.is_shown and estimate.verdict == "no_clear_difference":
        return (
            "No clear difference is not the same as no difference.",
            "Nobody was assigned a kind of coaching at random, and the likely range still has "
            "room for one.",
        )
    if estimate.is_capped:
        return (
            "Don’t act on this alone.",
            f"Nobody was assigned a kind of coaching at random, {_failed(doubts)}",
        )
    if estimate.is_shown:
        return (
            "Read this as an association, not as proof.",
            "Nobody was assigned a kind of coaching at random; other differences between the "
            "groups may account for some or all of it.",
        )
    if (
        estimate.verdict == "too_little_data"
        and not estimate.has_no_data
        and not estimate.is_too_early
    ):
        return (
            "Don’t read a direction into this.",
            "With so few people, chance alone can point either way.",
        )
    return (
        "Nothing here speaks for or against either kind of coaching.",
        f"A missing comparison of {arms.both} is not a finding of no difference.",
    )


_ONE_LOOK = "the range excludes zero on this one look, but not on all looks together"


def _failed(doubts: Doubts) -> str:
    """Return what may account for a difference of which a check failed, by the kind of check."""
    if doubts.is_chance_alone:
        return (
            f"and {_ONE_LOOK}: chance may account for it, and so may other differences between "
            "the groups."
        )
    failed = "and a check of this difference has failed"
    if "looks" in doubts.decides:
        return f"{failed}; other differences, or chance, may account for all of it."
    return f"{failed}; other differences may account for all of it."


def as_drawn(assignment: str, is_doubted: bool) -> str:
    """Return that a lottery decided, or is only said to have, and what it drew."""
    decided = "a lottery is said to have" if is_doubted else "the lottery"
    if assignment == "by_coach":
        return f"as {decided} decided which coaches give which kind"
    if assignment == "stepped":
        return f"as {decided} decided when each went over to it"
    return f"as {decided} decided who gets which kind"


def _is_doubted(estimate: Estimate) -> bool:
    """Whether the declared lottery can't have decided: no other check fails as far under one."""
    return estimate.credibility == "not_credible"


_DRAWN = {
    "by_person": "who got which kind of coaching",
    "by_coach": "which coaches gave which kind of coaching",
    "stepped": "when each went over from one kind of coaching to the other, and what changed with "
    "the calendar is taken out",
}


def _under_lottery(estimate: Estimate, assignment: str, doubts: Doubts) -> tuple[str, str]:
    """Return how a verdict may be read where a lottery decided who was coached how."""
    declared = f"A lottery is declared to have decided {_DRAWN[assignment]}, but"
    decided = f"The lottery decided {_DRAWN[assignment]},"
    if _is_doubted(estimate):
        return (
            "Don’t act on this: the lottery is in doubt.",
            f"{declared} before the first session the groups were further apart than a lottery "
            "would leave them.",
        )
    if doubts.is_lottery_doubted:
        return (
            "The lottery is in doubt.",
            f"{declared} before the first session the groups were further apart than a lottery "
            "would often leave them, so other differences may account for what is told.",
        )
    if estimate.is_capped:
        why = "a check of this difference has failed."
        why = f"{_ONE_LOOK}: chance may account for it." if doubts.is_chance_alone else why
        return "Don’t act on this alone.", f"{decided} but {why}"
    return _of_answers(estimate, decided, doubts) or _drawn(estimate, decided)


def _drawn(estimate: Estimate, decided: str) -> tuple[str, str]:
    if estimate.verdict == "no_clear_difference":
        return (
            "No clear difference is not the same as no difference.",
            f"{decided} so the groups differ by chance and by the coaching alone; the likely range "
            "still has room for an effect.",
        )
    return (
        "This is what the kind of coaching does here.",
        f"{decided} so the groups differ by chance alone, and chance this large is what the likely "
        "range allows for. It holds for the people and the time of this lottery.",
    )


def _of_answers(estimate: Estimate, decided: str, doubts: Doubts) -> tuple[str, str] | None:
    """Say that lots drew the groups, but not who of them answers, where a check finds that."""
    if not doubts.is_of_answers:
        return None
    if estimate.verdict == "no_clear_difference":
        head = "No clear difference is not the same as no difference."
        room = " The likely range still has room for an effect."
    else:
        head, room = "This holds as far as those who answer stand for all.", ""
    text = f"{decided} but not who answers, and a check of that lowers the credibility.{room}"
    return head, text
