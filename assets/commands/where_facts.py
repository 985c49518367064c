"""A fact of the pages' data or a setting -> where its value comes from, in one line."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from typing import get_args

from pydantic import BaseModel

from pipelines.config.settings import Settings
from pipelines.core.versions import PROJECT
from pipelines.lineage.calls import Owner, path_of, queries_of
from pipelines.lineage.introspection import name_of, tree_of
from pipelines.lineage.words import line_of

LOADER = "dashboards.load"


def facts_of(attribute: str) -> list[str]:
    """Say where a fact of the pages' data is from: a setting, or a query of the warehouse."""
    field = attribute.partition(".")[0]
    for node in ast.walk(tree_of(path_of(LOADER))):
        if isinstance(node, ast.keyword) and node.arg == field:
            text = ast.unparse(node.value)
            setting = re.search(r"\bsettings\.([a-z_.]+)", text)
            called = Owner(LOADER, text.partition("(")[0])
            if (
                setting
                and not called.is_there
                and (told := setting_called(setting[1].rpartition(".")[2], setting[1]))
            ):
                return [told]
            return list(_loaded_by(text))
    return []


def _loaded_by(text: str) -> Iterator[str]:
    """The function that gives a fact, and the query whose name it or the fact's variable has."""
    own = text.partition("(")[0].partition("[")[0].partition(".")[0]
    called = Owner(LOADER, own)
    loader = called if called.is_there else Owner(LOADER, "load_site_data")
    yield str(loader.place)
    named = [str(each) for each in queries_of(loader)]
    yield from (each for each in named if called.is_there or f"/{own}." in each)


def setting_called(own: str, key: str = "") -> str:
    """Say what a setting is by default; empty for what isn't the name of one."""
    for each, section, default in settings():
        if each == key or (not key and each.rpartition(".")[2] == own):
            return (
                f"setting {each}, by default {default!r}: {default_at(section, own)}, "
                f"told in docs/settings.md:{line_of(each)}"
            )
    return ""


def default_at(section: type[BaseModel], own: str) -> str:
    """Return the line that sets a setting's default, in its section's class."""
    path = path_of(section.__module__)
    (made,) = (e for e in tree_of(path).body if name_of(e) == section.__name__)
    lines = [e.lineno for e in getattr(made, "body", ()) if name_of(e) == own]
    return f"{path.relative_to(PROJECT)}:{next(iter(lines), made.lineno)}"


@cache
def settings() -> tuple[tuple[str, type, object], ...]:
    """Every key of the settings with its section's class and its default."""
    return tuple(_below(Settings, ""))


def _below(model: type[BaseModel], before: str) -> list[tuple[str, type, object]]:
    found: list[tuple[str, type, object]] = []
    for key, field in model.model_fields.items():
        sections = [
            each
            for each in (field.annotation, *get_args(field.annotation))
            if isinstance(each, type) and issubclass(each, BaseModel)
        ]
        if sections:
            found += _below(sections[0], f"{before}{key}.")
        elif not field.exclude:
            default = field.get_default(call_default_factory=True)
            found.append((f"{before}{key}", model, default))
    return found
