"""``[feed.<name>]``: which recipe reads the files of ``landing/<name>/``, and with what set."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipelines.config.mapping import SourceMapping
from pipelines.config.recipes import Parameter, Reading, Recipe, find_recipe
from pipelines.contracts.sources import load_contracts
from pipelines.core.errors import SettingsError

FEED_NAME = r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}"


class FeedSettings(BaseModel):
    """One export of one system, as ``settings.toml`` declares it; a text is the recipe's name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    recipe: str = Field(pattern=r"^[a-z0-9_-]+/[a-z0-9_-]+$")
    columns: dict[str, str] = {}
    """Their name of a column -> the recipe's, where the export was given other headings."""
    parameters: dict[str, Parameter] = {}
    read: Reading | None = None
    """How the files are written; what isn't said here is as the recipe says."""

    @model_validator(mode="before")
    @classmethod
    def _name_alone(cls, value: Any) -> Any:
        return {"recipe": value} if isinstance(value, str) else value


@dataclass(frozen=True)
class Feed:
    """A feed with its recipe and everything that is set for it."""

    name: str
    recipe: Recipe
    reading: Reading
    columns: dict[str, str]
    parameters: dict[str, Parameter]
    set_parameters: frozenset[str] = frozenset()
    """Those that settings say; the others are as the recipe has them."""

    @cached_property
    def fingerprint(self) -> str:
        """Changes whenever a file of the feed would be read or shaped differently."""
        set_here = [self.recipe.fingerprint, self.reading.model_dump_json()]
        set_here.append(json.dumps([self.columns, self.parameters], sort_keys=True))
        return hashlib.sha256("\0".join(set_here).encode()).hexdigest()

    def as_table(self, said: str) -> str:
        """The table that says more of the feed than its line under ``[feed]``, in one line."""
        return f'[feed.{self.name}] with recipe = "{self.recipe.name}" and {said}'

    @property
    def mapping(self) -> SourceMapping:
        """How its files are written, for the readers."""
        return SourceMapping(
            columns=self.columns,
            encoding=self.reading.encoding,
            delimiter=self.reading.delimiter,
            decimal=self.reading.decimal,
            sheet=self.reading.sheet,
        )


def resolve_feeds(declared: dict[str, FeedSettings], own_recipes: Path) -> tuple[Feed, ...]:
    """Find the recipe of every feed, in the order of the settings.

    Raises `SettingsError` naming the feed, its recipe or parameter, and what there is.
    """
    return tuple(_resolved(name, each, own_recipes) for name, each in declared.items())


def _resolved(name: str, declared: FeedSettings, own_recipes: Path) -> Feed:
    if any(source.name == name for source in load_contracts().landing):
        raise SettingsError(
            f"feed.{name}: landing/{name}/ is read as the source of that name; give the feed "
            "another name"
        )
    try:
        recipe = find_recipe(declared.recipe, own_recipes)
    except SettingsError as error:
        raise SettingsError(f"feed.{name}: {error}") from error
    defaults = recipe.declared.parameters
    unknown = sorted(declared.parameters.keys() - defaults)
    if unknown:
        raise SettingsError(
            f"feed.{name}.parameters: the recipe {recipe.name} has no {', '.join(unknown)}; it "
            f"has {', '.join(defaults) or 'none'}"
        )
    said = declared.read.model_dump(exclude_unset=True) if declared.read else {}
    reading = recipe.declared.read.model_copy(update=said)
    columns = dict(declared.columns)
    known = {*recipe.declared.columns, *recipe.declared.optional}
    strange = sorted({*columns.values()} - known)
    if strange:
        raise SettingsError(
            f"feed.{name}.columns: the recipe {recipe.name} has no column "
            f"{', '.join(strange)}; it has {', '.join(sorted(known))}"
        )
    parameters = {**defaults, **declared.parameters}
    return Feed(name, recipe, reading, columns, parameters, frozenset(declared.parameters))


def folder_names(feeds: Sequence[Feed]) -> set[str]:
    """What a folder of ``landing/`` may be called, so that its files are read."""
    sources = load_contracts().landing
    return {source.name for source in sources} | {feed.name for feed in feeds}
