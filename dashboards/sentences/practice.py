"""What the page on coaching practice says."""

from __future__ import annotations

from dashboards.data import SiteData
from dashboards.definitions import term
from dashboards.estimates import missing_word, records, why_missing
from dashboards.formats import (
    DASH,
    count,
    day_month_year,
    decimal,
    distance,
    joined,
    per_100,
    percent,
    plural,
    to_decimals,
)
from dashboards.labels import Arms
from dashboards.practice_pairs import (
    Pair,
    Side,
    missing_words,
    most_apart,
    pairs_of,
    shown_pairs,
    summary_of,
)
from dashboards.sentences.next_steps import NEWER_DATA
from dashboards.sentences.phrases import Statement, as_sentence
from dashboards.sentences.quality import has_one_kind
from pipelines.core.limits import RELIABLE, SHARES_APART, TENTATIVE
from pipelines.core.parts import BALANCE
from pipelines.core.status import NO_DATA, SUPPRESSED, words

Cells = tuple[str, ...]
KEY_TOPICS = ("length", "sessions_per_agent", "follow_up")


def finding(data: SiteData) -> str:
    """Return how far the two kinds of session differ in what is done."""
    if is_of_one_kind(data):
        return "Only one of the two kinds of coaching occurs, so what is done is told of that kind"
    found = summary_of(data, "behaviour")
    if found is None or found["n_compared"] is None:
        word = missing_word(NO_DATA if found is None else found["status"])
        return f"What is done in sessions of the two kinds can’t be told: {word}"
    limit = f"{per_100(SHARES_APART, 0)} sessions in 100"
    if found["conclusion"] != "apart":
        return f"Sessions of the two kinds look alike: no behaviour is {limit} apart"
    verb = "is" if found["n_apart"] == 1 else "are"
    n = "the one behaviour" if found["n_compared"] == 1 else f"{found['n_compared']} behaviours"
    return (
        f"Sessions of the two kinds differ in what is done: {found['n_apart']} of {n} {verb} at "
        f"least {limit} apart"
    )


def lead(data: SiteData, arms: Arms) -> str:
    """Return the behaviour most apart, the length of a session and how many there are."""
    if is_of_one_kind(data):
        return _lead_of_one(data, arms)
    told = []
    most = most_apart(data, "behaviour")
    if most is not None:
        told.append(
            f"Most apart is “{most.label.lower()}”: seen in {_per_100(most.a)} of 100 sessions "
            f"{arms.sessions_a}, in {_per_100(most.b)} of 100 {arms.sessions_b}."
        )
    told += [
        f"{start} {decimal(pair.a.value or 0.0)} and {decimal(pair.b.value or 0.0)} {end}"
        for topic, (start, end) in _MEANS.items()
        for pair in shown_pairs(data, topic)
    ]
    if told:
        return " ".join(told)
    pairs = [pair for topic in ("behaviour", *KEY_TOPICS) for pair in pairs_of(data, topic)]
    return why_not_paired(pairs)


_MEANS = {
    "length": ("A session lasts", "minutes on average."),
    "sessions_per_agent": ("Agents had", "sessions in their first 180 days."),
}
"""By topic with a mean: how a sentence about it begins and ends."""


def is_of_one_kind(data: SiteData) -> bool:
    """Whether one kind alone occurs, so that practice is told of that one.

    People whose first session is of one kind may have later ones of the other.
    """
    topics = ("behaviour", *KEY_TOPICS)
    return has_one_kind(data) and not any(shown_pairs(data, topic) for topic in topics)


def the_one_kind(data: SiteData, arms: Arms) -> tuple[str, str]:
    """Return the name and the title of the kind that occurs, where one of them alone does."""
    is_a = any(pair.a.value is not None for topic in KEY_TOPICS for pair in pairs_of(data, topic))
    return (arms.kind_a, arms.a_title) if is_a else (arms.kind_b, arms.b_title)


def side_of_one(pair: Pair) -> Side:
    """Return the side that has a number, where one kind alone occurs; the first where none has."""
    return pair.b if pair.a.value is None and pair.b.value is not None else pair.a


def _lead_of_one(data: SiteData, arms: Arms) -> str:
    """Return what is known of the one kind of coaching that occurs."""
    means = [
        f"{start} {decimal(side.value)} {end}"
        for topic, (start, end) in _MEANS.items()
        for side in map(side_of_one, pairs_of(data, topic))
        if side.value is not None
    ]
    name, _ = the_one_kind(data, arms)
    told = f"All sessions of the two kinds are {name}." if means else ""
    return " ".join([told, *means]) if means else why_not_paired(pairs_of(data, "length"))


def why_not_paired(pairs: list[Pair]) -> str:
    """Return why no measure has a number in both kinds."""
    if not pairs:
        return as_sentence(words(NO_DATA))
    word = " or ".join(missing_words(pairs))
    return f"Not shown: {word or 'what is counted isn’t the same in both kinds'}."


def _per_100(side: Side) -> str:
    return per_100(side.value or 0.0, 0)


def by_gap(pairs: list[Pair]) -> list[Pair]:
    """Return the pairs that are shown, those furthest apart first, whichever kind has more."""
    shown = (pair for pair in pairs if pair.is_shown)
    return sorted(shown, key=lambda pair: distance(pair.gap), reverse=True)


def share_cells(pairs: list[Pair]) -> tuple[Cells, ...]:
    """Return a table's rows: measure, both shares per 100, the sessions behind them."""
    return tuple((pair.label, share(pair.a), share(pair.b), pair.sizes) for pair in pairs)


def cells_of_one(pairs: list[Pair]) -> tuple[Cells, ...]:
    """Return a table's rows where one kind alone occurs; none without any number."""
    sides = [(pair.label, side_of_one(pair)) for pair in pairs]
    if all(side.value is None for _, side in sides):
        return ()
    return tuple(
        (label, share(side), side.missing if side.n_sessions is None else count(side.n_sessions))
        for label, side in sides
    )


def share(side: Side) -> str:
    """Return a share per 100, or the word in its place."""
    return side.missing if side.value is None else per_100(side.value)


def _mean(side: Side) -> str:
    return side.missing if side.value is None else decimal(side.value)


def has_value(pair: Pair) -> bool:
    """Whether either kind has a number."""
    return pair.a.value is not None or pair.b.value is not None


def why_no_key_figures(data: SiteData) -> str:
    """Return why neither length nor number nor follow-ups have a figure."""
    pairs = [pair for topic in KEY_TOPICS for pair in pairs_of(data, topic)]
    return f"Nothing to show: {' or '.join(missing_words(pairs) or [words(NO_DATA)])}."


def key_figures(data: SiteData) -> list[Cells]:
    """Return length, number and follow-ups as rows, each name linking to its definition."""
    rows: list[Cells] = []
    if not any(has_value(pair) for topic in KEY_TOPICS for pair in pairs_of(data, topic)):
        return rows
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
    day = data.cut.quarter_later_on
    if day is None:
        return []
    if not data.is_ahead(day):
        return [Statement("next", NEWER_DATA, why)]
    by = day_month_year(day)
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
            f" (kappa {to_decimals(row['kappa'])}, likely range {to_decimals(row['conf_low'])} to "
            f"{to_decimals(row['conf_high'])}; 1 is full agreement, 0 what chance gives)"
        )
    text = (
        f"Where both speak, they say the same in {percent(row['agreement_share'])} of "
        f"{count(row['n_compared'])} sessions{kappa}."
    )
    return Statement("yes" if row["is_reliable"] else "note", head, text)


def _alphas(data: SiteData) -> list[str]:
    """Return how far each behaviour's alpha can be relied on, of those that have one."""
    return [
        row["reliability"]
        for row in records(data.rater_agreement)
        if row["statistic"] == "krippendorff_alpha"
        and row["behaviour"] != BALANCE
        and row["reliability"] is not None
    ]


def _rater_agreement(data: SiteData) -> Statement:
    head = "Rater against rater."
    alphas = _alphas(data)
    if not alphas:
        reasons = {why_missing(row) for row in records(data.rater_agreement)}
        why = as_sentence(joined(sorted(reasons)) or why_missing(None))
        return Statement("note", head, f"{why} How far raters agree can’t be told.")
    n_under = alphas.count("unreliable")
    text = (
        f"Of {plural(len(alphas), 'behaviour', 'behaviours')} coded twice, "
        f"{alphas.count('reliable')} can be relied on (alpha of at least {RELIABLE:.2f}), "
        f"{alphas.count('tentative')} tentatively (at least {TENTATIVE:.2f}), {n_under} not."
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
        f"{count(b.n_people)} agents"
    )
    if a.n_coaches is None or b.n_coaches is None:
        text += "; of how many coaches in each kind is hidden for privacy."
    else:
        text += f" with {count(a.n_coaches)} and {count(b.n_coaches)} coaches."
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
    agreement = next(iter(records(data.style_agreement)), None)
    if agreement is not None and agreement["is_reliable"] is False:
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
