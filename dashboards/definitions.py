"""Links from a number to its definition: ``definitions.html#id``."""

from __future__ import annotations

from markupsafe import Markup, escape

from pipelines.contracts.definitions import definitions_by_id

DEFINITIONS_FILE = "definitions.html"


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
