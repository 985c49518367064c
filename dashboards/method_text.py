"""The method in plain words: ``docs/method.md`` as a part of a page, so that there is one text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from markupsafe import Markup

METHOD_FILE = Path(__file__).parents[1] / "docs" / "method.md"


@dataclass(frozen=True)
class MethodText:
    """The text below its title: HTML, and its sections as (anchor, heading)."""

    title: str
    html: Markup
    sections: tuple[tuple[str, str], ...]


def method_text(path: Path = METHOD_FILE) -> MethodText:
    """Read the method's text; links lose their address, since the page stands alone."""
    from markdown_it import MarkdownIt  # on most nights no page needs it: the text stands

    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(path.read_text("utf-8"))
    if len(tokens) < 3 or tokens[0].tag != "h1":
        raise ValueError(f"{path.name} must begin with its title")
    title, body = tokens[1].content, tokens[3:]
    sections = []
    for token, inline in pairwise(body):
        if token.type == "heading_open":
            token.attrSet("id", _anchor(inline.content))
            if token.tag == "h2":
                sections.append((_anchor(inline.content), inline.content))
    for token in body:
        token.children = [each for each in token.children or [] if not _is_link(each)]
    html = markdown.renderer.render(body, markdown.options, {})
    return MethodText(title, Markup(_with_focusable_tables(html)), tuple(sections))


def _anchor(heading: str) -> str:
    return "about-" + re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


def _is_link(token: Any) -> bool:
    return token.type in ("link_open", "link_close")


def _with_focusable_tables(html: str) -> str:
    """Tables in a region that scrolls, by keyboard too; each is named by its first heading."""
    pieces = html.split("<table>")
    told = [pieces[0]]
    for piece in pieces[1:]:
        table, rest = piece.split("</table>", 1)
        head = re.findall(r"<th[^>]*>(.*?)</th>", table)
        name = re.sub(r"<[^>]+>", "", " and ".join(each for each in head[:2] if each)) or "Table"
        table = table.replace("<th>", '<th scope="col">')
        told.append(
            f'<div class="scroll" tabindex="0" role="region" aria-label="{name}">'
            f"<table>{table}</table></div>{rest}"
        )
    return "".join(told)
