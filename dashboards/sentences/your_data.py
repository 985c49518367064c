"""What is said to agents and coaches about their own records, in plain words.

Every figure comes from the settings and contracts in force, so that the page can't promise what
this organisation has set otherwise.
"""

from __future__ import annotations

from dashboards.data import SiteData
from dashboards.estimates import records
from dashboards.formats import capitalised, count, joined, percent, plural
from dashboards.labels import source_name
from dashboards.sentences.cut import EVERY_NIGHT, cut_line
from dashboards.sentences.phrases import Statement
from dashboards.sentences.rounding import CONFIDENTIAL, FACT, RESTRICTED, outcomes_of, parts_note
from pipelines.contracts.sources import Source, load_contracts
from pipelines.disclosure.k_anonymity import SMALL_CLASS

Row = tuple[str, str, str]
_NEVER_OUT = ("identifier", "free_text")
_COUNTED = {"attrition": {"reason": "reason (told only as how many left for each code)"}}
"""Columns that never stand beside a person, but are counted over many."""
_BY_MONTH = "handle time and how many contacts are solved the first time"
"""What is achieved at work and told by month, but not compared."""
_KNOWN_TO_COLLEAGUES = "site, role, hire_month"
_KEY = Statement(
    "yes",
    "Pseudonyms need a key.",
    "The analysts’ file has a made-up code in your place. It can’t be computed from your number "
    "without a key that the organisation holds.",
)


def finding(data: SiteData) -> str:
    """Return the page's headline."""
    if data.min_group < 2:
        return "These pages may show a group of one: no smallest group is set"
    return f"These pages speak of {data.min_group} people or more, never of you alone"


def source_rows(data: SiteData) -> list[Row]:
    """Return each kind of record that is read: what it holds, which columns are never shown."""
    return [
        (source_name(source.name), source.description, _never_shown(source))
        for source in load_contracts().sources
        if source.name not in data.missing_sources
    ]


def not_read(data: SiteData) -> str:
    """Return which kinds of record were never delivered; empty where all were."""
    missing = [s.name for s in load_contracts().sources if s.name in data.missing_sources]
    if not missing:
        return ""
    return f"Not delivered, so not read: {joined([source_name(each).lower() for each in missing])}."


def _never_shown(source: Source) -> str:
    counted = _COUNTED.get(source.name, {})
    names = [
        counted.get(column.name, column.name.replace("_", " "))
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
            f"dates, and whether somebody chose to leave; {scores}",
            "Your name, number, exact dates, what was noted in a session or about your leaving",
        ),
        (
            "Who runs the program",
            "The locked folder with the records as they were delivered",
            "Nothing of it is hidden from them; they mend what was delivered wrong",
        ),
    ]


def group_rows(data: SiteData) -> list[Row]:
    """Return the three groups of figures: which are in each, and how they are shown."""
    facts = ["headcount", "hires", "leavers", "sessions", "trainings"]
    return [
        (
            "Plain facts",
            f"{capitalised(joined(facts))}, and of the comparison: {_named(FACT, data)}",
            f"As they are, from {_people(data.min_group)} and "
            f"{plural(data.min_coaches, 'coach', 'coaches')} on; today’s headcount "
            f"moves every night, months and comparisons {_when(data)}",
        ),
        (
            "Restricted",
            f"{capitalised(_named(RESTRICTED, data))}; month by month also {_BY_MONTH}",
            _restricted(data),
        ),
        (
            "Confidential",
            capitalised(_named(CONFIDENTIAL, data)),
            f"{_rounded(data.grid_confidential)}; only people with a value count; they move "
            f"{_when(data)}",
        ),
    ]


def _named(kind: str, data: SiteData) -> str:
    return joined(outcomes_of(kind, data))


def _people(n: int) -> str:
    return plural(n, "person", "people")


def _rounded(grid: int) -> str:
    return f"Rounded to steps of {_people(grid)}" if grid else "Exact: no rounding is set"


def _restricted(data: SiteData) -> str:
    leavers = plural(data.min_leavers, "leaver", "leavers")
    floor = "" if data.exit_kind == "open" else f"; ways of leaving from {leavers} in each group on"
    return f"{_rounded(data.grid)}{parts_note(data)}{floor}; they move {_when(data)}"


def _when(data: SiteData) -> str:
    return "every night" if data.cut.cause == EVERY_NIGHT else "at the cut only"


def protections(data: SiteData) -> list[Statement]:
    """Return what is done so that nobody is worked out from the figures."""
    group = data.min_group
    if data.min_group < 2:
        small = Statement("note", "No group is too small to be shown.", "Ask who has set this.")
        return [small, _KEY]
    return [
        Statement(
            "yes",
            "Small groups are hidden.",
            f"A figure over fewer than {group} people says “hidden for privacy”.",
        ),
        _rounding(data),
        _calendar(data),
        _KEY,
        Statement(
            "yes",
            "What stands out is pooled.",
            f"A site, team, role or contract that fewer than {group} people ever had is called "
            "“other” in the analysts’ file.",
        ),
    ]


def _rounding(data: SiteData) -> Statement:
    """Tell what is rounded and how, by an example that holds whatever the group's size."""
    if not data.grid:
        return Statement("note", "Figures are exact.", "No rounding is set. Ask who has set this.")
    n = 20 * data.grid
    text = (
        "One person more or fewer seldom moves a single figure: it moves in steps that "
        f"{data.grid} people make together. Among {n:,} people a share goes up and down by "
        "5 in 100."
    )
    return Statement("yes", "Figures are rounded.", text)


def _calendar(data: SiteData) -> Statement:
    if data.cut.cause == EVERY_NIGHT:
        text = "Every figure is made anew every night. Ask who has set this."
        return Statement("note", "Comparisons don’t wait for a cut.", text)
    text = "Between two cuts nothing restricted or confidential moves, whoever comes or goes."
    if data.exit_kind != "open":
        more = plural(data.min_leavers, "more person has", "more people have")
        text += f" A figure on how people left also waits until {more} left."
    return Statement("yes", "Comparisons wait for the cut.", text)


def moves(data: SiteData) -> str:
    """Return when figures move."""
    if data.cut.cause == EVERY_NIGHT:
        return f"All of them every night. {cut_line(data)}"
    return (
        "Today’s headcount, and what is said of deliveries, every night. Everything else, "
        "months of plain facts too, at the cut, once a whole month or quarter is there. "
        f"{cut_line(data)}"
    )


def rounding_told(data: SiteData) -> str:
    """Return what is rounded, group by group."""
    if not data.grid and not data.grid_confidential:
        return "Nothing. This organisation has set that all figures are exact."
    return (
        f"Plain facts aren’t. Restricted figures: {_weight(data.grid)}{parts_note(data)}. "
        "Confidential ones: "
        f"{_weight(data.grid_confidential)}. A difference is made of exact figures and rounded "
        "itself, and its likely range is wider by as much."
    )


def _weight(grid: int) -> str:
    return f"to steps of {_people(grid)} in that group" if grid else "exact"


def recognised(data: SiteData) -> str:
    """Return how many could be recognised in the analysts' file by who knows them."""
    few = "It is for few people, on a machine where only they can open it."
    for row in records(data.k_anonymity):
        if row["characteristics"] == _KNOWN_TO_COLLEAGUES and row["n_people"]:
            return (
                f"Of the {count(row['n_people'])} people in it, "
                f"{percent(row['share_in_classes_under_5'])} share their site, role and month of "
                f"hire with fewer than {SMALL_CLASS - 1} others. {few}"
            )
    return few
