"""What the page on training says: who was trained, and what changed around it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dashboards.data import SiteData
from dashboards.estimates import Estimate, find, missing_word, records, why_missing
from dashboards.figures.event_study import Month
from dashboards.formats import (
    DASH,
    capitalised,
    change_in_100,
    count,
    direction,
    in_100,
    joined,
    likely_range,
    p_value,
    percent,
    plural,
    signed,
    size,
)
from dashboards.labels import Arms
from dashboards.practice_pairs import Row, rows_of
from dashboards.sentences import claims
from dashboards.sentences.phrases import Statement, as_sentence, counted, range_in_words
from dashboards.sentences.practice import look_again
from dashboards.sentences.tiles import verdict_word
from pipelines.core.status import SHOWN, SUPPRESSED, no_data, words

DESIGN, MONTH_DAYS, OUTCOME = "training_rollout", 30, "voluntary_exit"
ANY_FORMAT = "all formats"
COURSES = "the coaches’ training"
Cells = tuple[str, ...]


def course_name(course: str) -> str:
    """Return a course as people read it: "Coaching with compassion"."""
    return capitalised(course.replace("_", " "))


def rollout(data: SiteData) -> Estimate:
    """Return the month after the training against that of coaches yet to be trained."""
    return find(data.comparison, OUTCOME, MONTH_DAYS, DESIGN)


def finding(data: SiteData) -> str:
    """Return whether agents leave at another pace once their coach has been trained."""
    found = rollout(data)
    if not found.is_shown:
        if not rows_of(data, "training"):
            return "No training has been delivered to look at"
        word = verdict_word(found).lower()
        return f"Leaving by choice after {COURSES} can’t be told: {word}"
    if found.verdict == "no_clear_difference":
        return f"No clear difference in leaving by choice after {COURSES}"
    fewer = "fewer" if found.is_below else "more"
    return f"After {COURSES}, {fewer} of their agents choose to leave in a month"


def lead(data: SiteData) -> str:
    """Return the size of it, and who was trained."""
    found = rollout(data)
    told = []
    if found.is_shown:
        than = (
            f"{counted(found)} chose to leave than with"
            if found.difference_on_screen
            else "about as many people per 100 chose to leave as with"
        )
        told.append(
            f"In a month, {than} coaches yet to be trained, likely range {range_in_words(found)}."
        )
    elif found.reason and found.reason != words(found.status) and rows_of(data, "training"):
        told.append(as_sentence(found.reason))
    attended = [row for row in rows_of(data, "training") if row["level"] == "all"]
    shown = [row for row in attended if row["n_people"] is not None]
    if shown:
        courses = [
            f"“{course_name(row['measure'])}” by {plural(row['n_people'], 'person', 'people')}"
            for row in shown
        ]
        told.append(f"Completed: {joined(courses)}.")
    return " ".join(told) or "Attendance comes from the training source."


def months_of(data: SiteData, outcome: str) -> list[Month]:
    """Return the months around the training of one outcome, values per 100, in order."""
    return [
        Month(
            row["months_since_training"],
            change_in_100(row["estimate"]),
            change_in_100(row["conf_low"]),
            change_in_100(row["conf_high"]),
            row["n_coaches"],
            row["is_apart"],
        )
        for row in sorted(records(data.event_study), key=lambda row: row["months_since_training"])
        if row["outcome"] == outcome
        and None not in (row["estimate"], row["conf_low"], row["conf_high"])
    ]


def why_no_months(data: SiteData, outcome: str) -> str:
    """Return why no month after the training is drawn, what is true of most of them first."""
    reasons = Counter(
        why_missing(row)
        for row in records(data.event_study)
        if row["outcome"] == outcome and row["estimate"] is None and is_after(row)
    )
    told = [reason for reason, _ in reasons.most_common()] or [why_missing(None)]
    if len({reason.partition(": ")[0] for reason in told}) == 1:
        told[1:] = [reason.partition(": ")[2] for reason in told[1:]]
    return as_sentence(" or ".join(told))


def _why_no_rollout(data: SiteData) -> str:
    """Return why there is no month at all around the training."""
    found = rollout(data)
    return found.reason or missing_word(found.status)


def why_no_training(data: SiteData) -> str:
    """Return why nobody is told to have attended: nothing was delivered, or of nobody."""
    delivered = {row["source"] for row in records(data.freshness) if row["status"] != "missing"}
    why = "nobody has a completed course on record" if "training" in delivered else _UNDELIVERED
    return as_sentence(no_data(why).reason or "")


_UNDELIVERED = "nothing was delivered for training"


def is_after(row: Row) -> bool:
    """Tell whether a month lies after the training: its own month and later."""
    return Month(row["months_since_training"], 0.0, 0.0, 0.0, 0, is_apart=False).is_after


def chart_title(name: str, months: Sequence[Month]) -> str:
    """Return how many of the months after the training stand apart from the base."""
    after = [month for month in months if month.is_after]
    n_apart = len([month for month in after if month.is_apart])
    if not after:
        return f"{name}: no month after the training can be shown"
    if not n_apart:
        return f"{name}: no month after the training stands apart from those before it"
    n = plural(len(after), "month", "months")
    verb = "stands" if n_apart == 1 else "stand"
    return f"{name}: {n_apart} of {n} after the training {verb} apart from those before it"


def chart_note(data: SiteData, outcome: str, months: Sequence[Month]) -> str:
    """Return how to read single months, and which of those between them aren't there."""
    n = max((month.n_coaches or 0 for month in months), default=0)
    of = "Of how many trained coaches is hidden for privacy."
    if n or not months:
        of = f"Up to {plural(n, 'trained coach', 'trained coaches')}."
    return (
        f"{of} About 1 month in 20 stands apart by chance "
        f"alone, so read the average and not a month.{_not_drawn(data, outcome)}"
    )


def _not_drawn(data: SiteData, outcome: str) -> str:
    """Return which months after the training have no figure, by what stands in its place."""
    by_word: dict[str, list[int]] = {}
    for row in records(data.event_study):
        if row["outcome"] == outcome and row["estimate"] is None and is_after(row):
            by_word.setdefault(missing_word(row["status"]), []).append(row["months_since_training"])
    told = [
        f" Months after the training not drawn: {joined([str(n) for n in sorted(found)])} ({word})."
        for word, found in by_word.items()
    ]
    return "".join(told)


def description(name: str, months: Sequence[Month]) -> str:
    """Return every month in words."""
    told = [
        f"month {month.month if month.is_after else f'{month.distance} before'}: "
        f"{signed(month.value)} ({signed(month.low)} to {signed(month.high)})"
        for month in months
    ]
    return f"{name}, change per 100 since the six months before the training: {'; '.join(told)}."


def month_cells(months: Sequence[Month]) -> tuple[Cells, ...]:
    """Return months as a table's rows."""
    return tuple(
        (
            f"{month.distance} {'after' if month.is_after else 'before'}",
            signed(month.value),
            f"{signed(month.low)} to {signed(month.high)}",
            words(SUPPRESSED) if month.n_coaches is None else count(month.n_coaches),
        )
        for month in months
    )


def certainty(data: SiteData, arms: Arms) -> list[Statement]:
    """Return what speaks for reading the roll-out, and what against."""
    if not rows_of(data, "training"):
        return [Statement("off", "Nothing to be sure of.", why_no_training(data))]
    found = rollout(data)
    told = [_before(data), _coaching_moved(data, arms)]
    if found.has_numbers:
        text = (
            f"In any one month at most {count(found.n_people_a)} agents of trained coaches, and at "
            f"most {count(found.n_people_b)} of coaches yet to be trained; people may stand on "
            "both sides, before and after."
        )
        told.append(Statement("yes", "What it rests on.", text))
    return told


def pre_trend(data: SiteData, outcome: str = OUTCOME) -> Row | None:
    """Return the row that says whether anything had changed before the base; None if unknown."""
    return next(
        (
            row
            for row in records(data.event_study)
            if row["outcome"] == outcome and row["pre_trend_p_value"] is not None
        ),
        None,
    )


def _before(data: SiteData) -> Statement:
    head = "Before the training."
    row = pre_trend(data)
    if row is None:
        return Statement("off", head, _why_no_pre_trend(data))
    told = p_value(row["pre_trend_p_value"])
    if row["has_parted_before"]:
        text = f"The two sides had parted already ({told}), so what came after says little."
        return Statement("note", head, text)
    text = f"Nothing shows that the two sides had parted already ({told}); that is no proof."
    return Statement("yes", head, text)


def _why_no_pre_trend(data: SiteData) -> str:
    """Return why it isn't known whether both sides ran alike: without months, nothing is there."""
    rows = [row for row in records(data.event_study) if row["outcome"] == OUTCOME]
    without = {why_missing(row) for row in rows if row["status"] != SHOWN}
    if not rows or (len(without) == 1 and all(row["status"] != SHOWN for row in rows)):
        return as_sentence(without.pop() if without else _why_no_rollout(data))
    return "Too few coaches to tell whether both sides ran alike."


def _coaching_moved(data: SiteData, arms: Arms) -> Statement:
    """Tell whether the training goes with another share of the first kind of session."""
    head = "Was the coaching another one?"
    row = next(
        (
            row
            for row in records(data.instrument)
            if (row["design"], row["outcome"]) == (DESIGN, OUTCOME)
        ),
        None,
    )
    if row is None or row["first_stage"] is None or row["conf_low"] is None:
        return Statement("off", head, as_sentence(why_missing(row)))
    value, low, high = (in_100(row[name]) for name in ("first_stage", "conf_low", "conf_high"))
    ends = likely_range(low, high, "fewer", "more")
    sessions = f"sessions {arms.sessions_a} in 100"
    if not row["is_clear"]:
        text = f"No clear difference: likely range {ends} {sessions} after the training."
        return Statement("note", head, text)
    side = direction(value, "fewer", "more")
    text = f"{size(value)} {side} {sessions} after the training, likely range {ends}."
    return Statement("yes", head, text)


def attendance_cells(data: SiteData) -> tuple[Cells, ...]:
    """Return courses by format: people and their share of the course."""
    cells = []
    for row in rows_of(data, "training"):
        name = course_name(row["measure"])
        if row["n_people"] is None:
            word = missing_word(row["status"])
            cells.append((name, ANY_FORMAT, word, DASH))
        else:
            form = ANY_FORMAT if row["level"] == "all" else row["level"].replace("_", " ")
            cells.append((name, form, count(row["n_people"]), percent(row["value"])))
    return tuple(cells)


def claim_items(data: SiteData) -> tuple[Statement, ...]:
    """Return the claims that the training is tested by, with today's verdicts and reasons."""
    about = {row["claim"] for row in records(data.claim_estimate) if row["estimator"] == "training"}
    return tuple(
        Statement(view.mark, view.wording, f"{view.verdict}. {' '.join(view.reasons)}".strip())
        for view in claims.claim_views(data)
        if view.key in about
    )


def next_steps(data: SiteData) -> list[Statement]:
    """Return what to do with it, and when to look again."""
    found, before = rollout(data), pre_trend(data)
    told = []
    attended: list[Row] = rows_of(data, "training")
    if not attended:
        text = (
            "Drop the list of completed courses into landing/training/; its columns stand in the "
            "data dictionary."
        )
        return [Statement("next", "Deliver who was trained.", text)]
    if before is not None and before["has_parted_before"]:
        text = "Train the next coaches in an order drawn by lot; then both sides start alike."
    elif found.is_shown and found.verdict != "no_clear_difference":
        text = "Draw lots for who is trained next; the remaining coaches are then a fair test."
    else:
        text = (
            "Train the next coaches in an order drawn by lot, and let each group wait a few "
            "months: every further coach narrows the range."
        )
    told.append(Statement("next", "Who is trained next.", text))
    text = "The figures are of the training as it was given, and of no single coach."
    told.append(Statement("note", "What it isn’t.", text))
    return told + look_again(data, "Further months come in, and further coaches are trained.")
