"""A fact of the pages' data, a constant or a setting -> where its value comes from, in one line."""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import get_args

from pydantic import BaseModel

from pipelines.config.settings import Settings
from pipelines.core.queries import query_file, query_names
from pipelines.core.versions import PROJECT
from pipelines.lineage.data_flow import (
    Owner,
    handed_over,
    owners_in,
    place_in_code,
    texts_in,
    texts_of,
    value_of,
)
from pipelines.lineage.words import line_of

LOADER = Owner("dashboards.load", "load_site_data")
_NUMBER = re.compile(r"^-?[\d._]+$")


def constant(owner: Owner) -> list[str]:
    """Say what a constant is set to, if it is a number."""
    value = value_of(owner)
    return [f"{value} at {place_in_code(owner)}"] if _NUMBER.match(value) else []


def facts_of(attribute: str) -> list[str]:
    """Say where a fact of the pages' data is from: a setting, or a query of the warehouse."""
    found: list[str] = []
    for owner, value in handed_over(attribute, (LOADER,)):
        text = ast.unparse(value)
        if setting := re.search(r"\bsettings\.([a-z_.]+)", text):
            found.append(setting_called(setting[1].rpartition(".")[2], setting[1]))
        named = [
            each
            for one in (*owners_in(value, owner), None)
            for each in (texts_of(one) if one else texts_in(value, owner))
            if each in query_names()
        ]
        found += [f"{query_file(each).relative_to(PROJECT)}:1" for each in dict.fromkeys(named)]
    return [each for each in found if each]


def setting_called(own: str, key: str = "") -> str:
    """Say what a setting is by default; empty for what isn't the name of one."""
    for each, _, default in settings():
        if each == key or (not key and each.rpartition(".")[2] == own):
            return f"setting {each}, by default {default!r}: docs/settings.md:{line_of(each)}"
    return ""


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
