"""The definitions page: what each number means, and the query that gives it."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import escape

from dashboards.data import SiteData
from dashboards.formats import capitalised, joined, plural
from dashboards.labels import Arms, source_name
from dashboards.pages.head import render_topic
from pipelines.contracts.definitions import Definition, load_definitions

GROUPS = {
    "outcome": ("outcomes", "Outcomes", "outcome", "outcomes"),
    "measure": ("measures", "Measures", "measure", "measures"),
    "design": ("designs", "Designs", "design", "designs"),
    "word": ("words", "Words", "word", "words"),
}
"""By kind of definition: the section's anchor and name, and how one and many are called."""


@dataclass(frozen=True)
class DefinitionView:
    """One definition as the template prints it; ``rows`` are pairs of head and text."""

    id: str
    title: str
    rows: tuple[tuple[str, str], ...]
    query: str


def definitions_page(data: SiteData, font_base64: str | None) -> str:
    """Return ``definitions.html``."""
    definitions = load_definitions()
    arms = Arms(data.arm_a, data.arm_b)
    finding = f"{len(definitions)} definitions, each with the query that gives its number"
    return render_topic(
        data,
        font_base64,
        "definitions",
        template="definitions.html.j2",
        finding=finding,
        lead=_lead(definitions, arms),
        groups=[
            (key, name, [_view(each) for each in definitions if each.kind == kind])
            for kind, (key, name, _, _) in GROUPS.items()
        ],
    )


def _lead(definitions: tuple[Definition, ...], arms: Arms) -> str:
    counts = [
        plural(len([each for each in definitions if each.kind == kind]), one, many)
        for kind, (_, _, one, many) in GROUPS.items()
    ]
    return (
        f"{capitalised(joined(counts))}. Wherever a page shows a number, its name links here. "
        f"Of the two kinds of coaching, {arms.kind_a} is the first and {arms.kind_b} the second: "
        "a difference is always the first minus the second."
    )


def _view(definition: Definition) -> DefinitionView:
    return DefinitionView(
        definition.id,
        definition.title,
        (
            ("Formula", definition.formula),
            ("Numerator", definition.numerator),
            ("Denominator", definition.denominator),
            ("Left out", definition.exclusions),
            ("Source", _sources(definition.source)),
            ("Bear in mind", definition.caveats),
        ),
        escape(f"{definition.query.rstrip()};"),
    )


def _sources(text: str) -> str:
    """Return landing sources by the names that the pages give them; other words as they are."""
    return joined([source_name(name).lower() for name in text.split(", ")])
