"""What the data mean for each outcome: its grade, the reasons for it, and parts without figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from dashboards.data import SiteData
from dashboards.estimates import records
from dashboards.formats import joined, plural
from dashboards.sentences.credibility import SUBJECTS, lowering
from dashboards.sentences.phrases import Statement, as_sentence
from pipelines.core.status import NO_DATA, words

NOT_JUDGED = "not_judged"
GRADES: dict[str, str] = {
    "reportable": "Reportable",
    "with_caution": "With caution",
    "not_reportable": "Not reportable",
    NO_DATA: "No data",
    NOT_JUDGED: "Not judged",
}
_MARKS = {
    "reportable": "yes",
    "with_caution": "note",
    "not_reportable": "off",
    NO_DATA: "off",
    NOT_JUDGED: "off",
}


def reported_outcomes(data: SiteData) -> list[str]:
    """Return the outcomes that this publication estimates, each once."""
    return list(dict.fromkeys(data.comparison["outcome"].to_list()))


@dataclass(frozen=True)
class OutcomeGradeRow:
    """What the data mean for one outcome, or for several alike."""

    name: str
    aside: str
    mark: str
    grade: str
    reasons: tuple[str, ...]


def outcome_grade_rows(data: SiteData) -> list[OutcomeGradeRow]:
    """Return the outcomes with their grade and each problem behind it, the estimated ones first.

    Outcomes of which the same is to be said share a row.
    """
    told = reported_outcomes(data)
    problems, bare = list(records(data.outcome_problem)), valueless(data)
    alike: dict[tuple[bool, str, _Weighed, tuple[str, ...]], list[str]] = {}
    for row in sorted(records(data.outcome_grade), key=lambda row: row["outcome"] not in told):
        mine = [each for each in problems if each["outcome"] == row["outcome"]]
        name = data.outcome_labels.get(row["outcome"], row["outcome"].replace("_", " "))
        grade, weighed = _grade_of(row, mine), _weighed(mine)
        who = tuple(_who_answers(data, row["outcome"], mine))
        if row["outcome"] in bare and grade != NO_DATA:
            grade, weighed, who = NO_DATA, _Weighed((bare[row["outcome"]],), 0, 0), ()
        alike.setdefault((row["outcome"] in told, grade, weighed, who), []).append(name)
    return [
        OutcomeGradeRow(
            name=joined([names[0], *(name.lower() for name in names[1:])]),
            aside="" if is_told else "not estimated yet",
            mark=_MARKS[grade],
            grade=GRADES[grade],
            reasons=(*weighed.reasons, *who),
        )
        for (is_told, grade, weighed, who), names in alike.items()
    ]


def valueless(data: SiteData) -> Mapping[str, str]:
    """Return the outcomes of which nobody in either group has a value, with the reason told of it.

    Such is a scale that the questionnaire doesn't have: nothing is there to be good or bad.
    """
    of: dict[str, list[Mapping[str, Any]]] = {}
    for row in records(data.comparison):
        if row["segment"] == "all" and row["estimand"] == "mean_difference":
            of.setdefault(row["outcome"], []).append(row)
    lead = f"{words(NO_DATA)}: "
    return {
        outcome: as_sentence(rows[0]["reason"].removeprefix(lead))
        for outcome, rows in of.items()
        if all(_is_of_nobody(row) for row in rows)
    }


def _is_of_nobody(row: Mapping[str, Any]) -> bool:
    is_empty = row["n_people_a"] == 0 and row["n_people_b"] == 0
    return bool(row["status"] == NO_DATA and row["reason"] and is_empty)


def _grade_of(row: Mapping[str, Any], problems: Sequence[Mapping[str, Any]]) -> str:
    """Return the grade that is shown; one without data, or without anything weighed, has none."""
    if row["status"] == NO_DATA:
        return NO_DATA
    return NOT_JUDGED if is_unjudged(row, problems) else str(row["grade"])


def is_unjudged(grade: Mapping[str, Any], problems: Sequence[Mapping[str, Any]]) -> bool:
    """Whether nothing was found against an outcome because nothing could be weighed."""
    found = {each["grade"] for each in problems}
    return grade["grade"] == "reportable" and found == {NOT_JUDGED}


def _who_answers(data: SiteData, outcome: str, problems: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what of the answers lowers how far a comparison is believed, beside its problems.

    The gap between the groups is one of these where it goes beyond its limit.
    """
    is_gap_told = any(
        (each["problem"], each["grade"]) == ("survey_response_gap", "with_caution")
        for each in problems
    )
    told = [
        row["reading"]
        for row in lowering(data, (outcome,))
        if row["check"] in SUBJECTS["answers"]
        and not (is_gap_told and row["check"] == "answer_gap")
    ]
    return [f"Credibility of the comparison is lower, since {'; '.join(told)}."] if told else []


def withheld_parts(data: SiteData) -> list[Statement]:
    """Return what isn't reportable of single parts of the workforce, while the whole is."""
    told = []
    for row in records(data.part_grade):
        name = data.outcome_labels.get(row["outcome"], row["outcome"].replace("_", " "))
        place = f"{row['segment'].replace('_', ' ')} {row['segment_value']}"
        head = f"{name} at {place} has no figures of its own."
        told.append(Statement("off", head, as_sentence(row["reason"])))
    return told


class _Weighed(NamedTuple):
    """What was found against an outcome, and how much was within limits or isn't judged."""

    found: tuple[str, ...]
    n_within: int
    n_waiting: int

    @property
    def reasons(self) -> tuple[str, ...]:
        """It in sentences."""
        told = [*self.found]
        if self.n_within:
            told.append(f"{plural(self.n_within, 'thing', 'things')} weighed, all within limits.")
        if self.n_waiting:
            waiting = plural(self.n_waiting, "thing", "things")
            is_all = not told
            told.append(
                "Too little to judge by."
                if is_all
                else f"{waiting} not judged: too little to judge by."
            )
        return tuple(told) or ("Nothing found against it.",)


def _weighed(problems: Sequence[Mapping[str, Any]]) -> _Weighed:
    found = [each for each in problems if each["grade"] in ("with_caution", "not_reportable")]
    if found:
        lead = f"{words(NO_DATA)}: "  # which the grade says already
        return _Weighed(
            tuple(as_sentence(each["reason"].removeprefix(lead)) for each in found), 0, 0
        )
    n_within = len([each for each in problems if each["grade"] == "reportable"])
    return _Weighed((), n_within, len([e for e in problems if e["grade"] == "not_judged"]))


def caution_statement(data: SiteData, outcome: str) -> Statement | None:
    """Return what the overview says of an outcome that the data bear with caution."""
    for row in records(data.outcome_grade):
        if row["outcome"] == outcome and row["grade"] == "with_caution":
            return Statement("note", "Data with caution.", as_sentence(str(row["reason"])))
    return None
