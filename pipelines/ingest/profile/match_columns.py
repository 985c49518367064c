"""Which column of an export stands for which canonical one, by name and by content."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher

from pipelines.contracts.sources import Column, Contracts, Source
from pipelines.ingest.profile.detect_format import Form
from pipelines.ingest.profile.detect_notation import share_fitting

SURE, POSSIBLE = 0.72, 0.62
_OTHER_NAMES = {
    "employee_id": "personnel number|person number|employee number|staff id|staff number|worker id|"
    "agent id|emp no|payroll number|external reference|external data reference|"
    "personalnummer|pnr|mitarbeiter id|mitarbeiternummer|matricule",
    "effective_date": "valid from|as of|effective from|gueltig ab|stichtag",
    "hire_date": "start date|date of hire|joined|joining date|eintritt|eintrittsdatum",
    "site": "location|office|standort|niederlassung",
    "team": "group|unit|abteilung|gruppe",
    "role": "job|job title|position|function|funktion|rolle",
    "supervisor_id": "manager|manager id|reports to|team lead|vorgesetzter|teamleiter",
    "employment_type": "contract|contract type|full part time|vertrag|vertragsart",
    "weekly_hours": "hours per week|contract hours|wochenstunden|stunden",
    "session_id": "id|coaching id|meeting id|sitzung|sitzungsnummer",
    "coach_id": "coach|coached by|trainer",
    "started_at": "start|start time|date|session date|beginn|datum",
    "duration_minutes": "duration|minutes|dauer",
    "modality": "channel|medium|kanal",
    "style": "coaching style|kind of coaching|stil",
    "separation_date": "exit date|leaving date|termination date|last day|austritt|austrittsdatum",
    "separation_type": "exit type|termination type|kind of exit|austrittsart",
    "reason": "exit reason|termination reason|grund",
    "shift_date": "date|day|work date|shift start|apply date|datum|tag",
    "scheduled_hours": "planned hours|rostered hours|soll|sollstunden",
    "absent_hours": "absence hours|hours absent|fehlstunden|fehlzeit",
    "absence_type": "absence reason|absence code|fehlgrund|abwesenheitsart",
    "week_start": "week|week beginning|woche",
    "csat_mean": "csat|customer satisfaction|kundenzufriedenheit",
    "contacts_handled": "handle|handled|answered|contacts|calls|interactions",
    "handle_seconds": "aht|average handle time|bearbeitungszeit",
    "first_contact_resolution": "fcr|erstloesungsquote",
    "completed_on": "completion date|completed|abschluss|abgeschlossen am",
    "submitted_on": "submitted|date|response date|timestamp|recorded date|date submitted|datum",
    "response_id": "id|answer id|antwort",
    "course": "training|course name|kurs",
}


_FEWEST_OWN = 3
"""So many columns of another source speak for more than chance."""
_DISTINCT = ("session_id", "response_id")
"""Where a value comes twice, it can't tell one session or response from another."""


@dataclass(frozen=True)
class Match:
    """One delivered column for one canonical one; ``score`` from 0 to 1."""

    delivered: str
    column: Column
    score: float

    @property
    def is_sure(self) -> bool:
        """Whether name and content leave little doubt."""
        return self.score >= SURE


def guess_source(form: Form, contracts: Contracts) -> tuple[Source, bool]:
    """The source an export most resembles, and whether the second best is clearly behind."""
    ranked = sorted(contracts.sources, key=lambda source: _resemblance(form, source), reverse=True)
    first, second = (_resemblance(form, source) for source in ranked[:2])
    return ranked[0], first >= 0.6 and first - second >= 0.15


def also_resembled(form: Form, source: Source, contracts: Contracts) -> list[str]:
    """Other sources of which a file has columns that the proposed one doesn't take."""
    taken = {match.delivered for match in match_columns(form, source)} - _person(form, source)
    found = []
    for other in contracts.sources:
        own = {match.delivered for match in match_columns(form, other) if match.is_sure}
        if other.name != source.name and len(own - taken - _person(form, other)) >= _FEWEST_OWN:
            found.append(other.name)
    return found


def _person(form: Form, source: Source) -> set[str]:
    """What a file calls the column that says whom a row is about."""
    matches = match_columns(form, source)
    return {match.delivered for match in matches if match.column.name == "employee_id"}


def _resemblance(form: Form, source: Source) -> float:
    """The mean score of the required columns."""
    matches = {match.column.name: match.score for match in match_columns(form, source)}
    required = source.required_columns
    return sum(matches.get(name, 0) for name in required) / len(required)


def match_columns(form: Form, source: Source) -> list[Match]:
    """The best pairs, each delivered and each canonical column once, best first."""
    pairs = [
        Match(delivered, column, _score(delivered, column, form.values(delivered)[:500]))
        for delivered in dict.fromkeys(form.columns)
        for column in source.columns
    ]
    taken: list[Match] = []
    for pair in sorted(pairs, key=lambda match: match.score, reverse=True):
        is_free = all(
            pair.delivered != other.delivered and pair.column.name != other.column.name
            for other in taken
        )
        if is_free and pair.score >= POSSIBLE:
            taken.append(pair)
    return taken


def _score(delivered: str, column: Column, values: list[str]) -> float:
    if delivered == column.name:
        return 1.0
    if column.name in _DISTINCT and len(set(values)) < len(values):
        return 0.0
    names = [column.name, *_OTHER_NAMES.get(column.name, "").split("|")]
    name = max(similarity(delivered, other) for other in names if other)
    fit = share_fitting(column, values)
    return 0.75 * name + 0.25 * fit if fit >= 0.3 else 0.4 * name


def similarity(one: str, other: str) -> float:
    """How alike two names are, from 0 to 1; blanks, case and accents don't count."""
    return SequenceMatcher(None, _plain(one), _plain(other)).ratio()


def _plain(name: str) -> str:
    spelt = name.casefold()
    for letter, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        spelt = spelt.replace(letter, plain)
    bare = unicodedata.normalize("NFKD", spelt).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", bare)
