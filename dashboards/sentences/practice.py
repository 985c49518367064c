"""What the page on coaching practice says."""

from __future__ import annotations

from datetime import timedelta

from dashboards.data import SiteData
from dashboards.definitions import term
from dashboards.estimates import missing_word, records, why_missing
from dashboards.formats import DASH, count, day_month_year, decimal, joined, percent, plural
from dashboards.labels import Arms
from dashboards.practice_pairs import Pair, Side, missing_words, pairs_of, shown_pairs
from dashboards.sentences.cut import compared_until
from dashboards.sentences.phrases import Statement, as_sentence
from pipelines.core.parts import BALANCE
from pipelines.core.status import SUPPRESSED, words

APART = 0.20
"""Difference of two shares from which on a behaviour counts as telling the kinds apart."""
RELIABLE, TENTATIVE = 0.80, 0.67
"""Krippendorff's limits for alpha: to rely on, and to draw tentative conclusions from."""
QUARTER_DAYS = 91
Cells = tuple[str, ...]


def finding(data: SiteData) -> str:
    """Return how far the two kinds of session differ in what is done."""
    shown = shown_pairs(data, "behaviour")
    if not shown:
        return "What is done in sessions can’t be told yet"
    apart = [pair for pair in shown if abs(pair.gap) >= APART]
    limit = f"{APART * 100:.0f} sessions in 100"
    if not apart:
        return f"Sessions of the two kinds look alike: no behaviour is {limit} apart"
    verb = "is" if len(apart) == 1 else "are"
    n = "the one behaviour" if len(shown) == 1 else f"{len(shown)} behaviours"
    return (
        f"Sessions of the two kinds differ in what is done: {len(apart)} of {n} {verb} at least "
        f"{limit} apart"
    )


def lead(data: SiteData, arms: Arms) -> str:
    """Return the behaviour most apart, the length of a session and how many there are."""
    told = []
    shown = shown_pairs(data, "behaviour")
    if shown:
        most = max(shown, key=lambda pair: abs(pair.gap))
        told.append(
            f"Most apart is “{most.label.lower()}”: seen in {_per_100(most.a)} of 100 sessions "
            f"{arms.with_a}, in {_per_100(most.b)} of 100 {arms.with_b}."
        )
    told += [
        f"{start} {decimal(pair.a.value or 0.0)} and {decimal(pair.b.value or 0.0)} {end}"
        for topic, start, end in (
            ("length", "A session lasts", "minutes on average."),
            ("sessions_per_agent", "Agents had", "sessions in their first 180 days."),
        )
        for pair in shown_pairs(data, topic)
    ]
    return " ".join(told) or "Nothing about sessions of the two kinds may be shown or is known."


def _per_100(side: Side) -> str:
    return f"{100 * (side.value or 0.0):.0f}"


def by_gap(pairs: list[Pair]) -> list[Pair]:
    """Return the pairs that are shown, from most common in the first kind to the second."""
    return sorted((pair for pair in pairs if pair.is_shown), key=lambda pair: -pair.gap)


def share_cells(pairs: list[Pair]) -> tuple[Cells, ...]:
    """Return a table's rows: measure, both shares per 100, the sessions behind them."""
    return tuple((pair.label, share(pair.a), share(pair.b), pair.sizes) for pair in pairs)


def share(side: Side) -> str:
    """Return a share per 100, or the word in its place."""
    return side.missing if side.value is None else f"{100 * side.value:.1f}"


def _mean(side: Side) -> str:
    return side.missing if side.value is None else f"{side.value:.1f}"


def key_figures(data: SiteData) -> list[Cells]:
    """Return length, number and follow-ups as rows, each name linking to its definition."""
    rows: list[Cells] = []
    for topic, definition, name in (
        ("length", "session_length", "Minutes per session"),
        ("sessions_per_agent", "sessions_per_agent", "Sessions per agent in 180 days"),
    ):
        for pair in pairs_of(data, topic):
            rows.append((term(name, definition), _mean(pair.a), _mean(pair.b), pair.sizes))
    names = {"agreed": "Follow-ups agreed, per 100", "done": "Follow-ups done, per 100 due"}
    for pair in pairs_of(data, "follow_up"):
        name = names.get(pair.measure, pair.label)
        rows.append((term(name, "follow_up"), share(pair.a), share(pair.b), pair.sizes))
    return rows


def certainty(data: SiteData) -> list[Statement]:
    """Return what the shares rest on: labels against behaviours, rater against rater, sizes."""
    told = [_label_agreement(data), _rater_agreement(data), *_sizes(data)]
    pairs = [p for topic in ("behaviour", "follow_up") for p in pairs_of(data, topic)]
    if words(SUPPRESSED) in missing_words(pairs):
        text = (
            "A share is hidden for privacy where too few people or coaches stand on one of its "
            "two sides; that is why nobody is told that something was always or never done."
        )
        told.append(Statement("off", "Hidden shares.", text))
    return told


def look_again(data: SiteData, why: str) -> list[Statement]:
    """Return when a quarter's worth of further sessions will have come in."""
    until = compared_until(data)
    if until is None or until + timedelta(days=QUARTER_DAYS) <= data.published_at.date():
        return []
    by = day_month_year(until + timedelta(days=QUARTER_DAYS))
    text = f"{why} A quarter’s worth of them will have come in by then."
    return [Statement("next", f"Look again by {by}.", text)]


def _label_agreement(data: SiteData) -> Statement:
    head = "Label and behaviours."
    row = next(iter(records(data.style_agreement)), None)
    if row is None or row["agreement_share"] is None:
        return Statement("off", head, as_sentence(why_missing(row)))
    kappa = ""
    if row["kappa"] is not None and row["conf_low"] is not None:
        kappa = (
            f" (kappa {row['kappa']:.2f}, likely range {row['conf_low']:.2f} to "
            f"{row['conf_high']:.2f}; 1 is full agreement, 0 what chance gives)"
        )
    text = (
        f"Where both speak, they say the same in {percent(row['agreement_share'])} of "
        f"{count(row['n_compared'])} sessions{kappa}."
    )
    return Statement("yes" if row["agreement_share"] >= RELIABLE else "note", head, text)


def _alphas(data: SiteData) -> list[float]:
    return [
        row["estimate"]
        for row in records(data.rater_agreement)
        if row["statistic"] == "krippendorff_alpha"
        and row["behaviour"] != BALANCE
        and row["estimate"] is not None
    ]


def _rater_agreement(data: SiteData) -> Statement:
    head = "Rater against rater."
    alphas = _alphas(data)
    if not alphas:
        reasons = {why_missing(row) for row in records(data.rater_agreement)}
        why = as_sentence(joined(sorted(reasons)) or why_missing(None))
        return Statement("note", head, f"{why} How far raters agree can’t be told.")
    n_reliable = sum(alpha >= RELIABLE for alpha in alphas)
    n_tentative = sum(TENTATIVE <= alpha < RELIABLE for alpha in alphas)
    n_under = len(alphas) - n_reliable - n_tentative
    text = (
        f"Of {plural(len(alphas), 'behaviour', 'behaviours')} coded twice, {n_reliable} can be "
        f"relied on (alpha of at least {RELIABLE:.2f}), {n_tentative} tentatively (at least "
        f"{TENTATIVE:.2f}), {n_under} not."
    )
    return Statement("note" if n_under else "yes", head, text)


def rater_rows(data: SiteData) -> list[Cells]:
    """Return each behaviour's agreement between raters; none where nothing was coded twice."""
    rows: list[Cells] = []
    for row in records(data.rater_agreement):
        if row["statistic"] != "krippendorff_alpha" or row["behaviour"] == BALANCE:
            continue
        name = Pair(row["behaviour"], Side(), Side()).label
        if row["estimate"] is None:
            rows.append((name, missing_word(row["status"]), DASH, DASH))
            continue
        ends = DASH
        if row["conf_low"] is not None:
            ends = f"{row['conf_low']:.2f} to {row['conf_high']:.2f}"
        rows.append((name, f"{row['estimate']:.2f}", ends, count(row["n_sessions"])))
    return rows if _alphas(data) else []


def _sizes(data: SiteData) -> list[Statement]:
    pairs = shown_pairs(data, "length") or shown_pairs(data, "behaviour")
    if not pairs:
        return []
    a, b = pairs[0].a, pairs[0].b
    text = (
        f"{count(a.n_sessions)} and {count(b.n_sessions)} sessions of {count(a.n_people)} and "
        f"{count(b.n_people)} agents with {count(a.n_coaches)} and {count(b.n_coaches)} coaches."
    )
    return [Statement("yes", "What it rests on.", text)]


def next_steps(data: SiteData) -> list[Statement]:
    """Return what to do with it, and when to look again."""
    told = []
    if not _alphas(data) and shown_pairs(data, "behaviour"):
        text = (
            "Let a second person code some sessions that have been coded once: without it nobody "
            "knows whether two raters would see the same."
        )
        told.append(Statement("next", "Code some sessions twice.", text))
    agreement = next((row["agreement_share"] for row in records(data.style_agreement)), None)
    if agreement is not None and agreement < RELIABLE:
        text = (
            "Labels and behaviours often say different things; settle what each label stands for "
            "before reading anything into the kinds."
        )
        told.append(Statement("next", "Look at the labels first.", text))
    for pair in shown_pairs(data, "follow_up"):
        if pair.measure == "done":
            done = f"{_per_100(pair.a)} and {_per_100(pair.b)} of 100"
            text = (
                f"{done} that were due have been done; look at what stood in the way of the rest."
            )
            told.append(Statement("next", "Follow-ups.", text))
    told += look_again(data, "These shares move with what is done in new sessions.")
    text = "These are shares of sessions, not marks for coaches; nobody is named or ranked."
    told.append(Statement("note", "What it isn’t.", text))
    return told
