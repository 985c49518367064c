"""Where in the code something is computed, read from the code itself."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.core.sql_models import SQL_FOLDER
from pipelines.core.versions import PROJECT

_PACKAGE = Path(__file__).resolve().parents[1]
_LEDGER = "ledger"
"""The folder under `sql/` whose statements are called by the file's name alone."""
_NOT_COMPUTING = ("contracts", "simulation", "personal_data", "erasure")
"""Folders that describe, invent or hide numbers, but make none of the published ones."""


@dataclass(frozen=True, order=True)
class Place:
    """One place in the code: ``module:function:line``, or a file and a line of SQL."""

    module: str
    function: str
    line: int

    def __str__(self) -> str:
        return ":".join(part for part in (self.module, self.function, str(self.line)) if part)


@cache
def tree_of(path: Path) -> ast.Module:
    """Return a module's syntax tree, parsed once."""
    return ast.parse(path.read_text("utf-8"))


def place_of(function: Callable[..., Any]) -> Place:
    """Return where a function is defined."""
    _, line = inspect.getsourcelines(function)
    return Place(function.__module__, function.__qualname__, line)


def literal_places(text: str) -> list[Place]:
    """Return where a name stands as a literal in the code that computes, SQL models included."""
    in_python = [place for place, constants in _literals().items() if text in constants]
    return in_python + [place for place, line in _sql_lines() if _names(line, text)]


def places_that_mention(table: str) -> list[Place]:
    """Return where a table's full name stands within a literal, such as a statement of SQL."""
    word = re.compile(rf"\b{re.escape(table)}\b")
    return [
        place
        for place, constants in _literals().items()
        if any(word.search(constant) for constant in constants)
    ]


def statements_that_make(table: str) -> list[Place]:
    """Return the files of `sql/` with a statement that makes a table or a view, and who names them.

    A statement is named by its folder and file, or by its file alone in the same words.
    """
    creates = re.compile(rf"^create[\w ]* (?:view|table) (?:if not exists )?{re.escape(table)}\b")
    files = [place for place, line in _sql_lines() if creates.match(line)]
    paths = [Path(place.module).with_suffix("") for place in files]
    names = {f"{path.parent.name}/{path.name}" for path in paths}
    names |= {path.name for path in paths if path.parent.name == _LEDGER}
    users = [p for p, constants in _literals().items() if p.function and names & constants]
    return [*files, *users]


def attribute_places(folder: str, attribute: str) -> list[Place]:
    """Return the functions and classes below a folder of the project that read an attribute.

    ``attribute`` may be that of another one, such as ``privacy.min_group``.
    """
    return [place for place, read in _attributes(folder) if attribute in read]


@cache
def _attributes(folder: str) -> tuple[tuple[Place, frozenset[str]], ...]:
    """The attributes that each function and class below a folder reads."""
    found = []
    for path in sorted((PROJECT / folder).rglob("*.py")):
        module = path.relative_to(PROJECT).with_suffix("").as_posix().replace("/", ".")
        for owner in tree_of(path).body:
            nodes = [node for node in ast.walk(owner) if isinstance(node, ast.Attribute)]
            reads = {node.attr for node in nodes}
            reads |= {f"{_last(node.value)}.{node.attr}" for node in nodes}
            found.append((Place(module, name_of(owner), owner.lineno), frozenset(reads)))
    return tuple(found)


def _last(value: ast.expr) -> str:
    """The name that an attribute is read of: ``privacy`` of ``settings.privacy``."""
    return getattr(value, "attr", getattr(value, "id", ""))


def _names(line: str, text: str) -> bool:
    return f"'{text}'" in line or line.strip().rstrip(",").endswith(f" as {text}")


@cache
def _sql_lines() -> tuple[tuple[Place, str], ...]:
    return tuple(
        (Place(path.relative_to(PROJECT).as_posix(), "", number), line)
        for path in sorted(SQL_FOLDER.rglob("*.sql"))
        if path.parent.name != "examples"
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
    )


@cache
def _literals() -> dict[Place, frozenset[str]]:
    """Return the text literals of every function, class and variable of the modules."""
    found = {}
    for path in sorted(_PACKAGE.rglob("*.py")):
        if path.relative_to(_PACKAGE).parts[0] in _NOT_COMPUTING:
            continue
        module = path.relative_to(PROJECT).with_suffix("").as_posix().replace("/", ".")
        for owner in tree_of(path).body:
            constants = frozenset(
                node.value
                for node in ast.walk(owner)
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            )
            if constants:
                found[Place(module, name_of(owner), owner.lineno)] = constants
    return found


def name_of(owner: ast.stmt) -> str:
    """Return the function, class or variable that a statement of a module defines."""
    if isinstance(owner, ast.FunctionDef | ast.ClassDef):
        return owner.name
    targets = owner.targets if isinstance(owner, ast.Assign) else [getattr(owner, "target", None)]
    return next((target.id for target in targets if isinstance(target, ast.Name)), "")
