"""Words read on a page or in the settings -> where they come from, line by line.

A page is known by its file or name, a setting by its key, everything else by standing somewhere:
as a heading of a published page, in a template, in a sentence, or over a section of a document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import get_args

from pydantic import BaseModel

from dashboards.build import PAGE_BUILDERS
from dashboards.pages.layout import PAGES
from pipelines.config.settings import Settings
from pipelines.core.workspace import Workspace
from pipelines.lineage.introspection import Place, attribute_places, place_of
from pipelines.lineage.words import has_words, headings, line_of, plain, written

MOST = 12
_HEADING = re.compile(r"<(h[1-3]|caption|summary|th)\b[^>]*>(.*?)</\1>", re.DOTALL)
_TERM = re.compile(r'<a class="term" href="definitions\.html#(\w+)">([^<]*)</a>')
_TAG = re.compile(r"<[^>]*>")
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
    return [each for key, _, _ in _settings(Settings) for each in (key, key.rpartition(".")[2])]


def _page(name: str) -> Iterator[str]:
    for _, file, title in PAGES:
        if plain(name) in (file, file.removesuffix(".html"), title.lower()):
            yield f"{title} (page {file})"
            yield "made by"
            yield f"  {place_of(PAGE_BUILDERS[file])}"


def _setting(name: str) -> Iterator[str]:
    for key, section, default in _settings(Settings):
        own = key.rpartition(".")[2]
        if plain(name) in (key, own):
            yield f"{key} (setting): by default {default!r}"
            yield f"  {section.__module__}:{section.__qualname__}"
            yield "read by"
            yield from (f"  {place}" for place in _read_by(key) or _read_by(own))
            yield "documents"
            yield f"  docs/settings.md:{line_of(key)}"


def _read_by(key: str) -> list[Place]:
    return [place for folder in _READS_SETTINGS for place in attribute_places(folder, key)]


def _settings(model: type[BaseModel], before: str = "") -> Iterator[tuple[str, type, object]]:
    """Every key below a section of the settings with the section's class and its default."""
    for key, field in model.model_fields.items():
        sections = [
            each
            for each in (field.annotation, *get_args(field.annotation))
            if isinstance(each, type) and issubclass(each, BaseModel)
        ]
        if sections:
            yield from _settings(sections[0], f"{before}{key}.")
        elif not field.exclude:
            yield f"{before}{key}", model, field.get_default(call_default_factory=True)


def words_read(name: str, workspace: Workspace) -> Iterator[str]:
    """Say where words stand: over what on the pages, in which code and in which documents."""
    on_pages = list(_published_headings(name, workspace))
    places = written(name)
    documents = list(_documents(name))
    if not (on_pages or places or documents):
        return
    yield f"{name!r} (words)"
    if on_pages:
        yield "heads on pages"
        yield from on_pages
    if places:
        yield "written in"
        yield from (f"  {place}" for place in places[:MOST])
        if len(places) > MOST:
            yield f"  and {len(places) - MOST} more"
    yield from documents


def _published_headings(name: str, workspace: Workspace) -> Iterator[str]:
    """The headings of the standing publication with these words, and what makes their page."""
    for file, builder in PAGE_BUILDERS.items():
        path = workspace.published_site / file
        if not path.exists():
            continue
        told = [plain(_TAG.sub(" ", text)) for _, text in _HEADING.findall(path.read_text("utf-8"))]
        near = [text for text in dict.fromkeys(told) if has_words(text, plain(name))]
        near.sort(key=lambda text: text != plain(name))  # the very words first
        yield from (f"  {file}: {text} (page made by {place_of(builder)})" for text in near[:3])


def _documents(name: str) -> Iterator[str]:
    found = headings(name)
    if found:
        yield "documents"
        yield from (f"  {place.module}:{place.line} {place.function}" for place in found[:MOST])
