"""Links from a number to its definition: ``definitions.html#id``.

Templates print the heads of tables, the titles of tiles and the like through the filter
``defined``: a text that is the name of a definition, or one of `NAMES`, links to it. Where a page
says it in other words, `term` makes the link.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment
from jinja2.ext import Extension
from markupsafe import Markup, escape

from pipelines.contracts.definitions import definitions_by_id, load_definitions

DEFINITIONS_FILE = "definitions.html"
NAMES: dict[str, str] = {
    "likely range": "likely_range",
    "unadjusted": "unadjusted",
    "simple comparison": "unadjusted",
    "before adjusting": "unadjusted",
    "after adjusting": "balance",
    "difference": "risk_difference",
    "weighted (headline)": "weighted",
    "doubly robust": "doubly_robust",
    "sustained": "sustained",
    "coach’s leaning": "coach_preference",
    "within each coach": "within_coach",
    "as assigned (headline)": "as_assigned",
    "training roll-out": "training_rollout",
    "range that holds on all looks": "anytime_range",
    "steadied": "shrunken_estimate",
    "this part alone": "part",
    "people per exit": "worth",
    "people": "people_compared",
    "alpha": "rater_agreement",
    "status": "freshness",
    "age": "freshness",
    "latest date": "freshness",
    "broke a rule": "rows_set_aside",
    "can’t count yet": "rows_set_aside",
    "first seen": "rows_set_aside",
    "rows set aside": "rows_set_aside",
    "rule": "rows_set_aside",
    "published": "reach",
    "sources on time": "freshness",
    "quality checks": "quality_checks",
    "hidden for privacy": "hidden",
    "since last publication": "estimates_changed",
    "now": "estimates_changed",
    "before": "estimates_changed",
    "quarter": "response_rate",
    "with caution": "grade",
    "not reportable": "grade",
    "usual": "usual_range",
}
"""Names that pages use in heads and labels, beside the titles of the definitions themselves."""
CHARTS: dict[str, str] = {
    "retention": "still_employed",
    "balance": "balance",
    "horizons": "risk_difference",
    "checks": "e_value",
    "month-any-exits": "month_leavers",
    "month-voluntary-exits": "month_leavers",
    "month-any-exit-rate": "month_leavers",
    "month-voluntary-exit-rate": "month_leavers",
    "month-kinds": "month_leavers",
    "month-headcount": "month_headcount",
    "month-left-within-90-days": "month_starters",
    "month-unplanned-absence": "month_figures",
    "month-exhaustion": "month_figures",
    "month-customer-satisfaction": "month_figures",
    "month-handle-time": "month_figures",
    "month-first-contact-resolution": "month_figures",
    "month-coached-30-days": "month_figures",
    "month-sessions": "month_figures",
}
"""Charts by their key; others are named after an outcome or a division of the workforce."""


def definition_link(definition: str) -> str:
    """Return the address of a definition on the site; KeyError for an id that nobody defined."""
    return f"{DEFINITIONS_FILE}#{definitions_by_id()[definition].id}"


def term(text: str, definition: str) -> Markup:
    """Return a text that links to its definition, for a tile's title, a caption or a table's head.

    Goes wherever a template prints text. In an attribute print ``{{ text|striptags }}``.
    """
    return Markup('<a class="term" href="{}">{}</a>').format(
        definition_link(definition), escape(text)
    )


def defined(text: str) -> str:
    """Return a name with its link, if it is the name of a definition; other texts as they are."""
    if isinstance(text, Markup):
        return text
    definition = _names().get(text.strip().lower())
    return text if definition is None else term(text, definition)


def defined_chart(subtitle: str, key: str) -> str:
    """Return a chart's subtitle with a link to the definition of what the chart shows."""
    definition = chart_definition(key)
    return subtitle if definition is None or isinstance(subtitle, Markup) else term(
        subtitle, definition
    )  # fmt: skip


def chart_definition(key: str) -> str | None:
    """Return what a chart shows, by its key; None where no definition fits."""
    if key in CHARTS:
        return CHARTS[key]
    name = key.replace("-", "_")
    for definition in load_definitions():
        if definition.kind == "outcome" and name.endswith(definition.id):
            return definition.id
    return "part" if key.startswith("by-") else None


class Definitions(Extension):
    """Gives templates the filters ``defined``, ``defined_chart`` and ``term``."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        filters: dict[str, Any] = {
            "defined": defined,
            "defined_chart": defined_chart,
            "term": term,
        }
        environment.filters.update(filters)


@cache
def _names() -> dict[str, str]:
    return NAMES | {each.title.lower(): each.id for each in load_definitions()}
