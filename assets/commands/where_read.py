"""Words read on a page or in the settings -> where they come from, line by line.

A page is known by its file or name, a setting by its key, other words by a link to a definition, or
by standing in a template, in a sentence, or over a section of a document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from assets.commands.where_facts import default_at, settings
from dashboards.build import PAGE_BUILDERS
from dashboards.pages.layout import PAGES
from pipelines.core.workspace import Workspace
from pipelines.lineage.introspection import Place, attribute_places, place_of
from pipelines.lineage.words import headings, line_of, plain, written

MOST = 12
_TERM = re.compile(r'<a class="term" href="definitions\.html#(\w+)">([^<]*)</a>')
_READS_SETTINGS = ("pipelines", "assets", "dashboards")


def linked_terms(name: str, workspace: Workspace) -> list[str]:
    """Return the definitions that words on a page of the publication lead to."""
    found: dict[str, None] = {}
    for file in PAGE_BUILDERS:
        path = workspace.published_site / file
        links = _TERM.findall(path.read_text("utf-8")) if path.exists() else []
        found |= {term: None for term, text in links if plain(unescape(text)) == plain(name)}
    return list(found)


def page_or_setting(name: str) -> Iterator[str]:
    """Say what makes the page of that name and what reads the setting; nothing for another name."""
    yield from _page(name)
    yield from _setting(name)


def page_names() -> list[str]:
    """Every page's file and name in small letters."""
    return [each for _, file, title in PAGES for each in (file, title.lower())]


def setting_names() -> list[str]:
    """Every key of the settings, with its section and without."""
    return [each for key, _, _ in settings() for each in (key, key.rpartition(".")[2])]


def _page(name: str) -> Iterator[str]:
    for _, file, title in PAGES:
        if plain(name) in (file, file.removesuffix(".html"), title.lower()):
            yield f"{title} (page {file})"
            yield "made by"
            yield f"  {place_of(PAGE_BUILDERS[file])}"


def _setting(name: str) -> Iterator[str]:
    for key, section, default in settings():
        own = key.rpartition(".")[2]
        if plain(name) in (key, own):
            yield f"{key} (setting): by default {default!r}"
            yield "set in"
            yield f"  {default_at(section, own)}"
            yield "read by"
            yield from (f"  {place}" for place in _read_by(key) or _read_by(own))
            yield "documents"
            yield f"  docs/settings.md:{line_of(key)}"


def _read_by(key: str) -> list[Place]:
    return [place for folder in _READS_SETTINGS for place in attribute_places(folder, key)]


def documents(name: str, *, is_found: bool) -> Iterator[str]:
    """Say in which documents words head a part, and unless a page has them, where they stand."""
    places = [] if is_found else written(name)
    if places:
        yield f"{name!r} (words)"
        yield "written in"
        yield from (f"  {place}" for place in places[:MOST])
        if len(places) > MOST:
            yield f"  and {len(places) - MOST} more"
    if heads := headings(name):
        yield "documents"
        yield from (f"  {each.module}:{each.line} {each.function}" for each in heads[:MOST])
