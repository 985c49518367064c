"""What the pages on one topic say: wellbeing, absence, customers and quality, retention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dashboards.data import SiteData
from dashboards.estimates import Estimate, find, records, why_missing
from dashboards.figures.balance import BalanceInfo
from dashboards.formats import DASH, likely_range, percent
from dashboards.labels import Arms, within
from dashboards.outcome_display import mean_horizon
from dashboards.sentences import certainty, method, outcome_grades
from dashboards.sentences.contrasts import (
    Cells,
    before_cell,
    designs_found,
    difference_cell,
    range_cell,
    verdict_cell,
)
from dashboards.sentences.credibility import (
    as_far_as_carried,
    is_lottery_held,
    marked,
    what_lowers,
)
from dashboards.sentences.method import OTHER_ASSUMPTIONS
from dashboards.sentences.phrases import (
    Statement,
    as_sentence,
    counted,
    range_in_words,
    together,
)
from dashboards.sentences.rounding import people_of
from dashboards.sentences.tiles import tile_title, tile_verdict_key
from pipelines.contracts.tables import load_metrics

WHERE_ALIKE = "the summary shows each"
_WITHOUT_FIGURE = frozenset({"too_little_data", "not_reportable"})


@dataclass(frozen=True)
class Topic:
    """One page: its key, its name, what its outcomes are together, and the outcomes."""

    key: str
    title: str
    together: str
    outcomes: tuple[str, ...]
    source: str


TOPICS = {
    topic.key: topic
    for topic in (
        Topic(
            "wellbeing",
            "Wellbeing",
            "Wellbeing",
            ("emotional_exhaustion", "cynicism", "compassion_satisfaction", "morale"),
            "fatigue_surveys",
        ),
        Topic("absence", "Absence", "Absence", ("unplanned_absence",), "shifts"),
        Topic(
            "customers",
            "Customers and quality",
            "Customers and quality",
            ("customer_satisfaction", "quality_score"),
            "performance",
        ),
    )
}


def estimates(data: SiteData, topic: Topic, design: str = "weighted") -> list[Estimate]:
    """Return every outcome of a topic in one design, for everybody."""
    return [
        find(data.comparison, outcome, mean_horizon(outcome), design, "mean_difference")
        for outcome in topic.outcomes
    ]


def headline(found: Sequence[Estimate]) -> Estimate:
    """Return the outcome that the page leads with: the first, or the first that is reportable."""
    first = found[0]
    if first.is_shown or first.verdict == "too_little_data":
        return first
    return next((e for e in found if e.is_shown), first)


def sureness(
    data: SiteData,
    e: Estimate,
    before: Estimate,
    balance: BalanceInfo,
    arms: Arms,
    outcomes: Sequence[str],
) -> list[Statement]:
    """Return what speaks for one outcome's result and against it.

    What lowers the grade of any of the page's `outcomes` stands first, by the outcome's name; what
    is said of this one has the mark that it has on every page.
    """
    told = certainty.certainty(
        e,
        before,
        balance,
        data.weight_summary,
        arms,
        data.anytime_interval,
        WHERE_ALIKE,
        unrecorded(data, e),
        is_drawn=is_lottery_held(data),
        is_rounded=bool(people_of(e.outcome, data)),
    )
    further = [
        other_designs(data, e),
        _response(data, e),
        outcome_grades.caution_statement(data, e.outcome),
    ]
    told += [statement for statement in further if statement]
    said = e.outcome if e.is_capped else ""
    return [*what_lowers(data, outcomes, said), *marked(told, data, e.outcome)]


def _response(data: SiteData, e: Estimate) -> Statement | None:
    """Tell how many answer, where the outcome comes from a survey."""
    for row in records(data.outcome_problem):
        if (row["outcome"], row["problem"]) == (e.outcome, "survey_response"):
            if row["measured_value"] is None:
                return None
            share, limit = percent(row["measured_value"]), percent(row["threshold"])
            is_low = row["grade"] in ("with_caution", "not_reportable")
            who = "of those who stayed that long answered, in the group that answers less"
            text = f"{share} {who}; under {limit} counts as low."
            head = "Few answer." if is_low else "How many answer."
            return Statement("note" if is_low else "yes", head, text, "answers")
    return None


def other_designs(data: SiteData, e: Estimate) -> Statement | None:
    """Tell how many designs with other assumptions find what the headline finds, if any.

    Those that share its weights agree by construction and aren't counted.
    """
    found = [
        other
        for design, other in designs_found(data.comparison, e)
        if design in OTHER_ASSUMPTIONS and other.is_shown
    ]
    names = [
        method.DESIGNS[design][0]
        for design, other in designs_found(data.comparison, e)
        if design in OTHER_ASSUMPTIONS and other.is_shown
    ]
    if not found or not e.is_shown:
        return None
    rest = [other for other in found if other.verdict != e.verdict]
    same = len(found) - len(rest)
    if len(found) == 1:
        does = "gives the same verdict" if same else _instead(rest, e)
        text = f"{names[0]}, a design with other assumptions, {does}."
    else:
        give = "gives" if same in (0, 1) else "give"
        who = f"{same or 'Neither'} of {len(found)} designs with other assumptions"
        other = f"; {'the other' if same else 'one'} {_instead(rest[:1], e)}" if rest else ""
        if len(rest) > 1 and len({each.verdict for each in rest}) == 1:
            other = f"; both {_instead(rest, e)}"
        elif len(rest) > 1:
            other += f", one {_instead(rest[1:], e)}"
        text = f"{who} and the same horizon {give} the same verdict{other}."
    head = "Same answer another way." if same == len(found) else "Other ways of asking."
    return Statement("yes" if same == len(found) else "note", head, text, "designs")


def _instead(others: Sequence[Estimate], e: Estimate) -> str:
    """Say what designs find that don't find what the headline does, all of them the same."""
    ends = "s" if len(others) == 1 else ""
    if others[0].verdict == "no_clear_difference":
        return f"leave{ends} it open"
    if e.verdict == "no_clear_difference":
        return f"find{ends} a difference"
    return f"find{ends} the opposite"


def unrecorded(data: SiteData, e: Estimate) -> Statement | None:
    """Return how strong something unknown would have to be to account for the difference."""
    found = (told for told in method.checks(data, e.outcome) if told.subject == "e_value")
    return next((replace(told, mark="note") for told in found), None)


def checks(data: SiteData, e: Estimate) -> list[Statement]:
    """Return what would change the answer, check by check."""
    known = unrecorded(data, e)
    told = [each for each in method.prefaced(data, e) if not known or each.head != known.head]
    return together(told)


def left_out(found: Sequence[Estimate]) -> list[Statement]:
    """Return why outcomes of a page with several have no figure; a single one says so on top."""
    if len(found) == 1:
        return []
    told = [
        Statement("off", f"{tile_title(e)}.", as_sentence(e.why_not))
        for e in found
        if not e.is_shown and tile_verdict_key(e) in _WITHOUT_FIGURE
    ]
    return together(told)


def has_no_source(data: SiteData, topic: Topic, found: Sequence[Estimate]) -> bool:
    """Whether nothing was delivered of the topic's source, which the head of its page says once."""
    return topic.source in data.missing_sources and all(e.has_no_data for e in found)


def counted_as(outcomes: Sequence[str]) -> list[tuple[str, str, str, str]]:
    """Return of each outcome its id and name, what is counted out of what, and its caveats."""
    by_id = {metric.outcome: metric for metric in load_metrics()}
    return [
        (
            outcome,
            by_id[outcome].label,
            f"{as_sentence(by_id[outcome].numerator)} Out of: {by_id[outcome].denominator}",
            as_sentence(by_id[outcome].caveats),
        )
        for outcome in outcomes
    ]


def every_horizon(data: SiteData, outcomes: Sequence[str]) -> list[Cells]:
    """Tabulate every kind of exit and the days employed at every horizon.

    The columns are what, before adjusting, adjusted, its range, the one that holds on all looks,
    the verdict. There are no rows where none has a figure: the tiles say why.
    """
    asked = [(o, "risk_difference") for o in outcomes] + [("any_exit", "rmst_difference_days")]
    rows: list[Cells] = []
    has_figures = False
    for outcome, estimand in asked:
        for horizon in sorted(data.horizon_days):
            e = find(data.comparison, outcome, horizon, "weighted", estimand)
            before = find(data.comparison, outcome, horizon, "unadjusted", estimand)
            has_figures |= e.is_shown or before.estimate is not None
            rows.append(
                (
                    f"{tile_title(e)} {within(horizon)}",
                    before_cell(before),
                    difference_cell(e),
                    range_cell(e),
                    _every_night(data, e),
                    verdict_cell(e),
                )
            )
    return rows if has_figures else []


def _every_night(data: SiteData, e: Estimate) -> str:
    ends = certainty.every_night(e, data.anytime_interval)
    if ends is None or not e.is_shown:
        return DASH
    measure = e.measure
    return likely_range(*ends, measure.less, measure.more, measure.digits)


def worth(data: SiteData, horizon: int) -> Statement:
    """Return what the difference is worth in a sentence, or why that isn't shown."""
    for row in records(data.worth):
        if (row["quantity"], row["horizon_days"]) == ("number_needed_to_coach", horizon):
            if row["reading"]:
                told = Statement("next", "What it is worth.", as_sentence(row["reading"]))
                return as_far_as_carried(told, data, "voluntary_exit")
            return Statement("off", "What it is worth.", as_sentence(why_missing(row)))
    return Statement("off", "What it is worth.", "No data.")


def sustained(data: SiteData, e: Estimate) -> Statement | None:
    """Tell the design that asks for coaching that goes on, beside the headline."""
    if e.estimand != "risk_difference":
        return None
    other = find(data.comparison, e.outcome, e.horizon_days, "sustained")
    head = "Had the coaching gone on."
    if not other.is_shown:
        return None if other.has_no_data else Statement("off", head, as_sentence(other.why_not))
    text = (
        f"Followed only until a first session of the other kind: {counted(other)}, likely range "
        f"{range_in_words(other)}."
    )
    return Statement("next", head, text)
