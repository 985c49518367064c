"""Names and units shown to people: outcomes, horizons, arms and sources."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dashboards.formats import capitalised, shortened
from pipelines.contracts.tables import load_metrics


@dataclass(frozen=True)
class OutcomeWords:
    """How one outcome is spoken of.

    ``happen``/``happens``/``happened`` complete "people …" in the present, for one person, and
    in the past. ``counted`` names the people it happened to.
    """

    title: str
    happen: str
    happens: str
    happened: str
    counted: str


_TITLES = {metric.outcome: metric.label for metric in load_metrics()}
OUTCOMES: dict[str, OutcomeWords] = {
    "voluntary_exit": OutcomeWords(
        _TITLES["voluntary_exit"],
        "choose to leave",
        "chooses to leave",
        "chose to leave",
        "leavers by choice",
    ),
    "involuntary_exit": OutcomeWords(
        _TITLES["involuntary_exit"],
        "are dismissed",
        "is dismissed",
        "were dismissed",
        "dismissals",
    ),
    "any_exit": OutcomeWords(_TITLES["any_exit"], "leave", "leaves", "left", "leavers"),
}

OBSERVED = "observed"
"""The assignment of people whom nobody drew for a kind of coaching."""

# The verdict words are fixed; nothing on the pages says them in another way.
VERDICTS: dict[str, str] = {
    "better": "Better",
    "worse": "Worse",
    "no_clear_difference": "No clear difference",
    "too_little_data": "Too little data",
    "not_reportable": "Not reportable",
}

_CAPPED: dict[str, dict[str, str]] = {
    "weak": {"better": "Better, weakly supported", "worse": "Worse, weakly supported"},
    "not_credible": {"better": "Not credible", "worse": "Not credible"},
}
"""What a clear verdict is called where its grade of credibility doesn't carry it."""


def verdict_words(verdict: str, credibility: str | None = None) -> str:
    """Return a verdict in its fixed words, as far as the grade of credibility carries it."""
    return _CAPPED.get(credibility or "", {}).get(verdict, VERDICTS[verdict])


def is_capped(verdict: str, credibility: str | None) -> bool:
    """Whether the grade of credibility keeps a verdict from being told by itself."""
    return verdict in _CAPPED.get(credibility or "", {})


SOURCES: dict[str, str] = {
    "roster": "Staff roster",
    "coaching_sessions": "Coaching sessions",
    "attrition": "Exits",
    "fatigue_surveys": "Fatigue surveys",
    "shifts": "Shifts",
    "performance": "Performance",
    "training": "Training",
}

# What a page shows from a source beyond the exits, and the outcomes that would prove it is shown.
FROM_SOURCE: dict[str, tuple[str, frozenset[str]]] = {
    "fatigue_surveys": (
        "compassion fatigue",
        frozenset({"emotional_exhaustion", "cynicism", "compassion_satisfaction", "morale"}),
    ),
    "shifts": ("absence", frozenset({"unplanned_absence"})),
    "performance": (
        "customer satisfaction, quality of service",
        frozenset({"customer_satisfaction", "quality_score"}),
    ),
    "training": ("training", frozenset()),
}


def source_name(source: str) -> str:
    """Return what a landing source is called on the pages."""
    return SOURCES.get(source, capitalised(source.replace("_", " ")))


def part_name(value: str) -> str:
    """Return a part's value as people read it: "Team lead", "Under 90 days", "Q3 2026"."""
    quarter = re.fullmatch(r"(\d{4})-(Q[1-4])", value)
    return f"{quarter[2]} {quarter[1]}" if quarter else capitalised(value.replace("_", " "))


def within(horizon_days: int) -> str:
    """Return the time allowed for an outcome: "within a year", "within 90 days"."""
    if horizon_days in (365, 366):
        return "within a year"
    return "within one day" if horizon_days == 1 else f"within {horizon_days:,} days"


def after(horizon_days: int) -> str:
    """Return a moment of follow-up: "after a year", "after 90 days"."""
    return within(horizon_days).replace("within", "after")


@dataclass(frozen=True)
class Arms:
    """The labels of the two kinds of coaching and the phrases built on them.

    Labels are free text from the settings. The two default ones are adjectives and get
    sentences of their own; any other label names a group.
    """

    a: str
    b: str

    @property
    def a_title(self) -> str:
        """Arm a as a heading or a chart label."""
        return capitalised(self.a)

    @property
    def b_title(self) -> str:
        """Arm b as a heading or a chart label."""
        return capitalised(self.b)

    @property
    def where_a(self) -> str:
        """Open a sentence about arm a: "Where coaching is compassionate"."""
        known = _KNOWN.get(self.a)
        return f"Where coaching is {known}" if known else f"In the {_spoken(self.a)} group"

    @property
    def with_a(self) -> str:
        """Place people in arm a: "with compassionate coaching", "in the mentor group"."""
        return _with(self.a)

    @property
    def with_b(self) -> str:
        """Place people in arm b."""
        return _with(self.b)

    @property
    def sessions_a(self) -> str:
        """Tell sessions of kind a: "with compassionate coaching", "of the kind “mentor”".

        Whoever is in a group by a first session may have later ones of the other kind, so a
        session is of a kind and in no group.
        """
        return _of_kind(self.a)

    @property
    def sessions_b(self) -> str:
        """Tell sessions of kind b."""
        return _of_kind(self.b)

    @property
    def kind_a(self) -> str:
        """Name kind a itself: "compassionate coaching", "the kind “mentor”"."""
        return _kind(self.a)

    @property
    def kind_b(self) -> str:
        """Name kind b itself."""
        return _kind(self.b)

    @property
    def are_known(self) -> bool:
        """Whether both labels are those by which the two kinds are known."""
        return self.a in _KNOWN and self.b in _KNOWN

    @property
    def named_a(self) -> str:
        """Name arm a inside a sentence."""
        return _with(self.a).split(" ", 1)[1]

    @property
    def named_b(self) -> str:
        """Name arm b inside a sentence: "compliance coaching", "the mentor group"."""
        return _with(self.b).split(" ", 1)[1]

    @property
    def than_b(self) -> str:
        """Close a headline: empty where the opening already says what is compared."""
        return "" if self.a in _KNOWN else f" than in the {_spoken(self.b)} group"

    @property
    def both(self) -> str:
        """Both arms: "compassionate and compliance coaching"."""
        if self.are_known:
            return f"{self.a} and {self.b} coaching"
        return f"the {_spoken(self.a)} and {_spoken(self.b)} groups"


_KNOWN = {"compassionate": "compassionate", "compliance": "for compliance"}


def _with(label: str) -> str:
    return f"with {label} coaching" if label in _KNOWN else f"in the {_spoken(label)} group"


def _of_kind(label: str) -> str:
    return f"with {label} coaching" if label in _KNOWN else f"of {_kind(label)}"


def _kind(label: str) -> str:
    return f"{label} coaching" if label in _KNOWN else f"the kind “{shortened(label, 40)}”"


def _spoken(label: str) -> str:
    """Return a label for use inside a sentence: in quotation marks unless it is plain words."""
    text = shortened(label, 40)
    return text if re.fullmatch(r"[^\W\d_]+(?:[ -][^\W\d_]+)*", text) else f"“{text}”"
