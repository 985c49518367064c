"""What the data quality page says: the finding, what to do, and what each problem costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards.data import SiteData
from dashboards.estimates import find, records
from dashboards.formats import capitalised, count, joined, lowered, percent, plural, small_share
from dashboards.labels import source_name
from dashboards.sentences.outcome_grades import is_unjudged, reported_outcomes, valueless
from dashboards.sentences.phrases import Statement, as_sentence
from pipelines.contracts.tables import outcome_windows
from pipelines.core.status import NO_DATA, TOO_EARLY


@dataclass(frozen=True)
class Findings:
    """What stands open, counted from the frames.

    ``withheld`` and ``cautious`` are the names of outcomes that the pages tell about, ``costs``
    the reasons for withholding; ``n_absent`` is how many have no data, which withholds nothing;
    ``refused`` are files that still lie in landing; ``failed`` are failed checks.
    """

    is_one_kind: bool
    withheld: tuple[str, ...]
    cautious: tuple[str, ...]
    costs: tuple[str, ...]
    n_reported: int
    refused: tuple[Mapping[str, Any], ...]
    failed: tuple[Mapping[str, Any], ...]
    late: tuple[str, ...]
    missing: tuple[str, ...]
    n_unjudged: int = 0
    """Outcomes of which nothing could be weighed."""
    n_absent: int = 0

    @property
    def n_open(self) -> int:
        """How many things somebody could do something about."""
        return len(self.refused) + len(self.failed) + len(self.late)


def findings(data: SiteData) -> Findings:
    """Return what stands open."""
    rows = {row["outcome"]: row for row in records(data.outcome_grade)}
    bare = valueless(data)
    grades = {outcome: _grade(row, outcome in bare) for outcome, row in rows.items()}
    costs = {
        outcome: row["reason"]
        for outcome, row in rows.items()
        if grades[outcome] == "not_reportable"
    }
    told = [name for name in reported_outcomes(data) if name in grades]
    names = {name: data.outcome_labels.get(name, name.replace("_", " ")) for name in told}
    sources = list(records(data.freshness))
    return Findings(
        is_one_kind=has_one_kind(data),
        withheld=tuple(names[name] for name in told if grades[name] == "not_reportable"),
        cautious=tuple(names[name] for name in told if grades[name] == "with_caution"),
        costs=tuple(dict.fromkeys(costs[name] for name in told if name in costs)),
        n_reported=len(told),
        refused=tuple(row for row in records(data.ingested_file) if is_open_refusal(row)),
        failed=tuple(row for row in records(data.check_result) if not row["passed"]),
        late=tuple(row["source"] for row in sources if row["status"] == "late"),
        missing=tuple(row["source"] for row in sources if row["status"] == "missing"),
        n_unjudged=_n_unjudged(data, told),
        n_absent=len([name for name in told if grades[name] == NO_DATA]),
    )


def _grade(row: Mapping[str, Any], is_bare: bool) -> str:
    """Return an outcome's grade; of one that nothing was delivered for there is none."""
    is_absent = is_bare and row["grade"] == "not_reportable"
    return NO_DATA if is_absent or row["status"] == NO_DATA else str(row["grade"])


def _n_unjudged(data: SiteData, told: Sequence[str]) -> int:
    """How many of the outcomes told have nothing weighed for or against them."""
    problems = list(records(data.outcome_problem))
    asked = [row for row in records(data.outcome_grade) if row["outcome"] in told]
    of = {row["outcome"]: [p for p in problems if p["outcome"] == row["outcome"]] for row in asked}
    bare = valueless(data)
    unjudged = [row for row in asked if is_unjudged(row, of[row["outcome"]])]
    return len(unjudged) + len([r for r in asked if r["outcome"] in bare and r not in unjudged])


def has_one_kind(data: SiteData) -> bool:
    """Whether nobody is in one of the two groups."""
    everybody = find(data.comparison, "any_exit", data.horizon, "unadjusted")
    n_people = (everybody.n_people_a, everybody.n_people_b)
    return 0 in n_people and any(n_people)


def is_open_refusal(file: Mapping[str, Any]) -> bool:
    """Whether a refused file still lies in landing; one that was taken out is settled."""
    return file["status"] == "refused" and bool(file["is_in_landing"])


def finding(found: Findings) -> str:
    """Return the page's one sentence."""
    if not found.n_reported:
        return "No data yet to judge any outcome by"
    if found.is_one_kind:
        return "Only one of the two kinds of coaching occurs, so the data bear no comparison"
    if found.n_unjudged == found.n_reported:
        return "Too little data to judge any outcome by"
    if found.withheld:
        n = len(found.withheld)
        which = _named(found.withheld, found.n_reported)
        outcomes = f"{'any' if n == found.n_reported else n} of the {found.n_reported} outcomes"
        return f"The data can’t bear a verdict on {outcomes}{which}{_without_data(found)}"
    if found.n_absent:
        has = "has" if found.n_absent == 1 else "have"
        return f"{found.n_absent} of {found.n_reported} outcomes {has} no data"
    if found.cautious:
        which = _named(found.cautious, found.n_reported)
        return f"{_bear(found)}, {_some(len(found.cautious), found.n_reported)}{which}"
    if found.n_open:
        things = plural(found.n_open, "thing needs", "things need")
        return f"{_bear(found)}, and {things} a look"
    return f"{_bear(found)} on these pages"


def _bear(found: Findings) -> str:
    judged = " that can be judged" if found.n_unjudged else ""
    return f"The data bear a verdict on every outcome{judged}"


def _named(names: Sequence[str], of: int) -> str:
    """Return the names of some outcomes after a colon; where it is all of them nothing."""
    return "" if len(names) == of else f": {joined([name.lower() for name in names])}"


def _without_data(found: Findings) -> str:
    return f"; {found.n_absent} more without data" if found.n_absent else ""


def _some(n: int, of: int) -> str:
    return "all of them with caution" if n == of else f"{n} of {of} with caution"


def page_title(found: Findings) -> str:
    """Return the document's title."""
    return f"{finding(found)} – Data quality – Coaching outcomes"


def lead(data: SiteData, found: Findings) -> str:
    """Return the paragraph under the headline: rows, sources, checks."""
    intake = data.intake
    if not intake.n_files:
        return "Nothing has been delivered yet."
    n_sources = data.freshness.height
    n_delivered = n_sources - len(found.missing)
    on_time = n_delivered - len(found.late)
    set_aside = (
        f"{count(intake.n_set_aside)} set aside ({small_share(intake.share_set_aside)})"
        if intake.n_set_aside
        else "none set aside"
    )
    return (
        f"{plural(intake.n_rows, 'row', 'rows')} received in "
        f"{plural(intake.n_files, 'file', 'files')}, "
        f"{set_aside}. {on_time} of {plural(n_delivered, 'source', 'sources')} on time"
        f"{_absent(found.missing)}. {_checks_passed(data.check_result)}"
    )


def _absent(missing: Sequence[str]) -> str:
    return f", {len(missing)} not delivered" if missing else ""


def _checks_passed(results: pl.DataFrame) -> str:
    if results.is_empty():
        return "No check looked at anything."
    n_passed = len([row for row in records(results) if row["passed"] is True])
    return f"{n_passed} of {plural(results.height, 'check', 'checks')} passed."


def first_step(found: Findings) -> tuple[str, str]:
    """Return what to do first: a head and a sentence."""
    if found.refused:
        row = found.refused[0]
        more = f" ({len(found.refused) - 1} more below)" if len(found.refused) > 1 else ""
        return (
            "Mend a refused file first.",
            f"{place(row)} was not taken; the reason stands below{more}.",
        )
    if found.costs:
        return ("Start with what costs an outcome.", as_sentence(found.costs[0]))
    if found.n_absent and found.missing:
        text = f"{source_list(found.missing)}: nothing was delivered, so there is no data."
        return ("Start with what isn’t there.", text)
    if found.late:
        return ("Deliver what is late first.", f"{source_list(found.late)}: newer rows are due.")
    if found.failed:
        return (
            "Look at the failed checks first.",
            "They name file, line and column; mend the rows and deliver them again.",
        )
    if found.missing:
        return (
            "Nothing is broken.",
            f"{source_list(found.missing)}: not delivered, which costs only what needs it.",
        )
    return ("Nothing to do.", "Every file was taken, every source is on time, every check passed.")


def source_list(sources: Sequence[str]) -> str:
    """Return sources by name at the start of a sentence: "Shifts and training"."""
    names = [source_name(source) for source in sources]
    return joined([names[0], *(name.lower() for name in names[1:])])


def place(row: Mapping[str, Any]) -> str:
    """Return where a file lies, below the landing folder."""
    return f"{row['source']}/{row['file']}"


def open_files(found: Findings) -> list[Statement]:
    """Return each refused file in landing: why, and what to do."""
    return [
        Statement(
            "note",
            f"{place(row)} was refused.",
            f"{as_sentence(row['reason'] or 'no reason was noted')} Mend it or take it out of "
            "landing; the next refresh looks again.",
        )
        for row in found.refused
    ]


def unknown_columns(files: pl.DataFrame) -> list[Statement]:
    """Return which files bring columns that nobody described."""
    return [
        Statement(
            "next",
            f"{place(row)} has columns that aren’t known.",
            f"{row['unknown_columns']}: stored, used nowhere.",
        )
        for row in records(files)
        if row["unknown_columns"] and row["is_in_landing"]
    ]


def failed_checks(found: Findings, labels: Mapping[str, str]) -> list[Statement]:
    """Return each failed check: what should hold, and how often and where it doesn't."""
    return [
        Statement(
            "note",
            f"{_table(row['table_name'])}. Expected: "
            f"{lowered(labels.get(_key(row), _plain(row['check_name'])))}",
            as_sentence(f"Found: {row['detail'] or _how_many(row)}"),
        )
        for row in found.failed
    ]


def _how_many(row: Mapping[str, Any]) -> str:
    return f"{count(row['n_failed'])} of {count(row['n_checked'])} fail"


def _key(row: Mapping[str, Any]) -> str:
    return f"{row['table_name']}.{row['check_name']}"


def _table(name: str) -> str:
    return source_name(name.rpartition(".")[2])


def _plain(check: str) -> str:
    return as_sentence(check.replace("_", " "))


def no_checks(results: pl.DataFrame) -> str:
    """Return what stands where no check failed."""
    if results.is_empty():
        return "No data: no check looked at anything."
    return f"All {results.height} checks passed."


def response_finding(data: SiteData) -> str:
    """Return how many answer in the days after day 0 that count."""
    rows = [row for row in records(data.outcome_problem) if row["problem"] == "survey_response"]
    if data.response_rate.is_empty():
        return "No data: no survey of anybody in the comparison."
    if set(data.response_rate["status"]) == {TOO_EARLY}:
        return "Too early: nobody has been in the comparison for a whole quarter yet."
    if has_one_kind(data):
        return "Only one of the two kinds of coaching occurs, so there is no group to set beside."
    if not rows or rows[0]["measured_value"] is None:
        return "Too few people to judge the response by."
    value, limit = rows[0]["measured_value"], rows[0]["threshold"]
    first, last = outcome_windows()[rows[0]["outcome"]]
    return (
        f"Of those who stayed that long, {percent(value)} of the group that answers less did so in "
        f"days {first} to {last} after the first session; under {percent(limit)} counts as low."
    )


def waiting_reason(reason: str) -> str:
    """Return in words why a row can't count yet."""
    known = {
        "unknown_person": "the person isn’t on the roster",
        "before_hire": "before the hire date",
        "after_exit": "after the exit",
        "in_future": "a day that hasn’t come",
        "incomplete": "another export has to deliver the rest",
    }
    return capitalised(known[reason])


def rule_name(rule: str) -> str:
    """Return a row rule in words."""
    known = {
        "required": "value missing",
        "type": "not of its type",
        "range": "outside its range",
        "allowed_values": "not an allowed value",
        "wrong_field_count": "wrong number of values in the line",
    }
    return capitalised(known.get(rule, rule.replace("_", " ")))
