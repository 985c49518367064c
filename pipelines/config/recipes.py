"""From a recipe's folder to what it declares: how to read an export, and a query per source."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipelines.config.mapping import Encoding
from pipelines.contracts.sources import load_contracts
from pipelines.core.errors import SettingsError
from pipelines.core.versions import PROJECT

SHIPPED = PROJECT / "sql" / "recipes"
MACROS = SHIPPED / "macros.sql"
DECLARED_IN = "recipe.toml"
Parameter = str | int | float | bool
MergeRule = Annotated[str, Field(pattern=r"^(sum|mean|(mean|largest):[a-z][a-z0-9_]*)$")]
"""How a column of several parts of one key becomes one value: ``sum``, ``mean``, ``mean:weight``
(weighted by another column), ``largest:column`` (of the part with the largest value there)."""


class Reading(BaseModel):
    """How the export's files are written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    encoding: Encoding | None = None
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    decimal: Literal[".", ","] = "."
    """Of numbers in texts; with a comma they are read as if they were written with a point."""
    sheet: str | None = Field(default=None, min_length=1)
    skip_after_header: int = Field(default=0, ge=0, le=10, strict=True)
    """Further header rows below the one with the names: left aside, and noted."""
    names: tuple[str, ...] | None = None
    """The columns in their order, for exports that have no header row."""


class Declaration(BaseModel):
    """The content of ``recipe.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    layout: str
    """Where the layout is documented."""
    inferred: str = ""
    """What the documentation doesn't say."""
    columns: Annotated[tuple[str, ...], Field(min_length=1)]
    """What the header must have; the queries call the columns so, however a file writes them."""
    optional: tuple[str, ...] = ()
    """What it may have; a column that isn't there is empty in every record."""
    files: str | None = None
    """What the export's files are called (``*`` for anything), where the header doesn't tell it
    from others."""
    read: Reading = Reading()
    parameters: dict[str, Parameter] = {}
    """What an organisation may set, with its default; ``$name`` in the queries."""
    lookups: tuple[str, ...] = ()
    """Staged sources that the queries read beside ``people``."""
    merge: dict[str, dict[str, MergeRule]] = {}
    """Source -> column -> how the parts of one key (``_part``) become one value."""
    fallback: dict[str, tuple[str, ...]] = {}
    """Source -> columns in which every other feed goes before this one."""


@dataclass(frozen=True)
class Recipe:
    """A recipe as it stands in its folder; ``queries`` has the SQL of each source it makes."""

    name: str
    folder: Path
    declared: Declaration
    queries: dict[str, str]

    @property
    def sources(self) -> tuple[str, ...]:
        """The canonical sources it makes rows of."""
        return tuple(self.queries)

    @cached_property
    def fingerprint(self) -> str:
        """Changes whenever the recipe or a macro does."""
        texts = [self.declared.model_dump_json(), MACROS.read_text(encoding="utf-8")]
        texts += [f"{source}\0{query}" for source, query in self.queries.items()]
        return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def find_recipe(name: str, own: Path) -> Recipe:
    """Find a recipe by its name, the organisation's own before the shipped one of that name.

    Raises `SettingsError` where there is none, or where it can't be used.
    """
    for root in (own, SHIPPED):
        folder = root / name
        if (folder / DECLARED_IN).is_file() and folder.resolve().is_relative_to(root.resolve()):
            return read_recipe(folder, name)
    known = recipe_names(own)
    by_export = {each.partition("/")[2]: each for each in known}
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    near += get_close_matches(name.partition("/")[2], by_export, n=1, cutoff=0.75)
    meant = f"is {by_export.get(near[0], near[0])!r} meant? There" if near else "there"
    raise SettingsError(
        f"there is no recipe {name!r}; {meant} are {', '.join(known)}. How to write one "
        "is told in docs/recipes/README.md"
    )


def recipe_names(own: Path | None = None) -> list[str]:
    """The names of all recipes, the organisation's own among them."""
    return sorted(
        {
            path.parent.relative_to(root).as_posix()
            for root in (SHIPPED, *([own] if own else []))
            for path in root.glob(f"*/*/{DECLARED_IN}")
        }
    )


def read_recipe(folder: Path, name: str) -> Recipe:
    """Read a recipe's folder; raises `SettingsError` with what is wrong in it."""
    try:
        content: dict[str, Any] = tomllib.loads((folder / DECLARED_IN).read_text("utf-8"))
        declared = Declaration.model_validate(content)
        queries = {path.stem: path.read_text("utf-8") for path in sorted(folder.glob("*.sql"))}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"the recipe {name} can't be read: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise SettingsError(f"recipe {name}, {DECLARED_IN}, {key}: {first['msg']}") from error
    problems = _problems(declared, queries)
    if problems:
        raise SettingsError(f"recipe {name}: {'; '.join(problems)}")
    return Recipe(name, folder, declared, queries)


def _problems(declared: Declaration, queries: dict[str, str]) -> list[str]:
    known = {source.name: source for source in load_contracts().landing}
    names = ", ".join(known)
    problems = [
        f"{source}.sql makes no source; there are {names}" for source in queries.keys() - known
    ]
    if not queries:
        problems.append(f"it has no query; a file <source>.sql is needed, of {names}")
    problems += [f"lookups: no source {name}" for name in declared.lookups if name not in known]
    for what, rules in (("merge", declared.merge), ("fallback", declared.fallback)):
        for source, columns in rules.items():
            if source not in queries:
                problems.append(f"{what}.{source}: there is no {source}.sql")
                continue
            unknown = {*columns} - {*known[source].column_names}
            problems += [f"{what}.{source}: no column {name}" for name in sorted(unknown)]
    return problems
