"""What is said to agents and coaches about their own records, in plain words.

Every figure comes from the settings and contracts in force, so that the page can't promise what
this organisation has set otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.data import SiteData
from dashboards.estimates import records
from dashboards.formats import count, joined, percent, plural
from dashboards.labels import source_name
from dashboards.sentences.parts import Statement
from pipelines.contracts.model import Source, load_contracts
from pipelines.privacy.k_anonymity import SMALL_CLASS

Row = tuple[str, str, str]
_NEVER_OUT = ("identifier", "free_text")
_KNOWN_TO_COLLEAGUES = "site, role, hire_month"
_KEY = Statement(
    "yes",
    "Pseudonyms need a key.",
    "The analysts’ file has a made-up code in your place. It can’t be computed from your number "
    "without a key that the organisation holds.",
)


@dataclass(frozen=True)
class Answer:
    """One question as somebody would put it, and the answer."""

    question: str
    text: str


def finding(data: SiteData) -> str:
    """Return the page's headline."""
    if data.min_group < 2:
        return "These pages may show a group of one: no smallest group is set"
    return f"These pages speak of {data.min_group} people or more, never of you alone"


def lead() -> str:
    """Return the paragraph under the headline."""
    return (
        "You are an agent or a coach, and records of your work are read here every night. This "
        "page says which they are, who sees what of them, how long they stay and what you can ask "
        "for. It is written by the same program that does it, with the limits set today."
    )


def caution(data: SiteData) -> Statement:
    """Return what matters most, first."""
    return Statement(
        "note",
        "No decision about you is made here.",
        "Nobody is scored, ranked or flagged. The pages compare two kinds of coaching over many "
        f"people at once ({data.arm_a} and {data.arm_b}), not the people.",
    )


def source_rows() -> list[Row]:
    """Return each kind of record, what it holds, and which of its columns are never shown."""
    return [
        (source_name(source.name), source.description, _never_shown(source))
        for source in load_contracts().sources
    ]


def _never_shown(source: Source) -> str:
    names = [
        column.name.replace("_", " ")
        for column in source.columns
        if column.personal_data in _NEVER_OUT
    ]
    return joined(names)


def reader_rows(data: SiteData) -> list[Row]:
    """Return who reads what: reader, what they see, what they don't."""
    scores = (
        "your survey answers too, under the pseudonym: this organisation has allowed it"
        if data.analyst_person_scores
        else "not your survey answers, only those of whole teams"
    )
    return [
        (
            "Everybody in the organisation, your supervisor and coach too",
            f"These pages: figures over at least {data.min_group} people and, where they are about "
            f"coaches, {plural(data.min_coaches, 'coach', 'coaches')}",
            "Your name, number, answers, sessions, absences; any group smaller than that",
        ),
        (
            "A few analysts",
            "A file with one line per person under a pseudonym, with months in the place of "
            f"dates; {scores}",
            "Your name, number, exact dates, what was noted in a session, why you left",
        ),
        (
            "Who runs the program",
            "The locked folder with the records as they were delivered",
            "Nothing of it is hidden from them; they mend what was delivered wrong",
        ),
    ]


def protections(data: SiteData) -> list[Statement]:
    """Return what is done so that nobody is worked out from the figures."""
    group = data.min_group
    if group < 2:
        return [
            Statement("note", "No group is too small to be shown.", "Ask who has set this."),
            _KEY,
        ]
    return [
        Statement(
            "yes",
            "Small groups are hidden.",
            f"A figure over fewer than {group} people says “hidden for privacy”, and so do figures "
            "beside it from which it could be worked out by subtraction.",
        ),
        Statement(
            "yes",
            "A change of one night tells of nobody.",
            f"Where fewer than {group} people’s records changed since the last time, the old "
            "figure stands until more have.",
        ),
        Statement(
            "yes",
            "Every publication is checked before it goes out.",
            "A program tries to work hidden figures out of everything that is shown; if it can, "
            "nothing is published that night.",
        ),
        _KEY,
        Statement(
            "yes",
            "What stands out is pooled.",
            f"A site, team, role or contract that fewer than {group} people ever had is called "
            "“other” in the analysts’ file.",
        ),
    ]


def answers(data: SiteData) -> list[Answer]:
    """Return the questions that people ask, answered."""
    years = plural(data.retention_years, "year", "years")
    return [
        Answer(
            "How long do my records stay?",
            f"{years}, counted back from the latest day of the data, in whole months. What is "
            "older goes out of the locked folder and out of everything that was made from it.",
        ),
        Answer(
            "Can I see what is there about me?",
            "Yes. Ask your data protection officer; whoever runs the program can take out all rows "
            "under your number.",
        ),
        Answer(
            "Something about me is wrong. What then?",
            "Ask for the record to be mended where it comes from. The next delivery replaces the "
            "old row, and the figures are made anew that night.",
        ),
        Answer(
            "Can I have my records erased?",
            "Ask for it; whether it is granted is decided by people and by law. If it is, one "
            "command takes you out of the locked folder and of all that was made from it, makes "
            "the figures anew without you, and leaves a receipt that doesn’t name you. Files that "
            "your organisation delivered are erased by whoever delivers them.",
        ),
        Answer(
            "Does anybody read what was noted about me in a session?",
            "Not here. Notes and reasons stay in the locked folder; no figure is made from them, "
            "and they stand in no file that anybody else gets.",
        ),
        Answer(
            "Do I have to answer the survey?",
            "That isn’t decided here. Where an answer is missing, it is counted as missing; "
            "nothing on these pages says who answered.",
        ),
    ]


def what_remains(data: SiteData) -> list[Statement]:
    """Return the risks that are left, said as they are."""
    return [
        Statement(
            "note",
            "Somebody who knows you well may recognise your line in the analysts’ file.",
            _recognised(data),
        ),
        Statement(
            "note",
            "People who leave are fewer.",
            "That you left is no secret at work, and figures of leavers are about few. How "
            "somebody left is therefore hidden more often than that they did.",
        ),
        Statement(
            "note",
            "Copies can’t be called back.",
            "A page or a file that somebody copied before an erasure stays as it was.",
        ),
    ]


def _recognised(data: SiteData) -> str:
    few = "It is for few people, on a machine where only they can open it."
    for row in records(data.k_anonymity):
        if row["characteristics"] == _KNOWN_TO_COLLEAGUES and row["n_people"]:
            return (
                f"Of the {count(row['n_people'])} people in it, "
                f"{percent(row['share_in_classes_under_5'])} share their site, role and month of "
                f"hire with fewer than {SMALL_CLASS - 1} others. {few}"
            )
    return few
