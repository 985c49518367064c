"""A function by its name -> where it stands and what it calls, read from the code.

Nothing is imported and only the modules that are asked about are parsed, so it takes no time.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipelines.core.queries import query_file, query_names
from pipelines.core.sql_models import SQL_FOLDER
from pipelines.core.versions import PROJECT
from pipelines.lineage.introspection import Place, name_of, tree_of


@dataclass(frozen=True)
class Owner:
    """A function, class or variable at the top of a module."""

    module: str
    name: str

    @property
    def is_there(self) -> bool:
        """Whether its module has it."""
        return self.name in _statements(self.module)

    @property
    def place(self) -> Place:
        """Where it is defined."""
        statement = _statements(self.module)[self.name]
        return Place(self.module, self.name, statement.lineno)


def owner_of(code: str) -> Owner:
    """Return the function that a contract names."""
    module, _, function = code.partition(":")
    return Owner(f"pipelines.{module}", function)


def function_of(owner: Owner) -> ast.stmt:
    """Return the statement that defines a function, class or variable; of none an empty one."""
    return _statements(owner.module).get(owner.name, ast.Pass())


def value_of(owner: Owner) -> str:
    """Return what a variable is set to, as it is written; empty of a function or class."""
    statement = function_of(owner)
    value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
    return ast.unparse(value) if value else ""


@cache
def known_to(owner: Owner) -> dict[str, Owner]:
    """Return what a function knows by which name: of its module, imported there or in itself."""
    return {**_known(owner.module), **_imported(function_of(owner))}


@cache
def calls(owner: Owner) -> tuple[Owner, ...]:
    """Return the project's functions that a function calls by name, in the order of the calls."""
    return tuple(
        each
        for each in _called(owner)
        if each.module.startswith("pipelines.") and _is_function(each) and each != owner
    )


@cache
def _called(owner: Owner) -> tuple[Owner, ...]:
    known = known_to(owner)
    nodes = [node for node in ast.walk(function_of(owner)) if isinstance(node, ast.Call)]
    found = [called_by(node, known) for node in nodes]
    return tuple(dict.fromkeys(each for each in found if each))


def called_by(node: ast.Call, known: Mapping[str, Owner]) -> Owner | None:
    """Return what a call calls: a name that is known, or ``module.function`` of a known module."""
    if isinstance(node.func, ast.Name):
        return known.get(node.func.id)
    of = getattr(getattr(node.func, "value", None), "id", "")
    module = known.get(of)
    if not module or module.is_there or not isinstance(node.func, ast.Attribute):
        return None
    named = f"{module.module}.{module.name}"
    own = Owner(named, node.func.attr)
    return own if path_of(named).is_file() and own.is_there else None


def named_in(owner: Owner) -> list[Owner]:
    """Return what a variable names."""
    known = _known(owner.module)
    nodes = ast.walk(_statements(owner.module)[owner.name])
    return [known[each.id] for each in nodes if isinstance(each, ast.Name) and each.id in known]


def queries_of(owner: Owner) -> list[Place]:
    """Return the files under ``sql/analysis/`` that a function names."""
    known = set(query_names())
    return query_places([each for each in texts_of(owner) if each in known])


def query_places(named: Iterable[str]) -> list[Place]:
    """Return the files of queries."""
    return [Place(query_file(name).relative_to(PROJECT).as_posix(), "", 1) for name in named]


def texts_of(owner: Owner) -> list[str]:
    """Return the literal texts of a function, class or variable, in their order."""
    return _texts(_statements(owner.module).get(owner.name))


def attributes_of(owner: Owner, name: str) -> list[str]:
    """Return the attributes of something that a function reads, and what it calls of its module."""
    found: list[str] = []
    for each in [owner, *(o for o in _called(owner) if o.module == owner.module)]:
        for node in ast.walk(_statements(each.module)[each.name]):
            if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == name:
                found.append(node.attr)
    return list(dict.fromkeys(found))


def users_of(owner: Owner, folder: str) -> list[Owner]:
    """Return the functions of a module's folder that name an owner."""
    found = []
    for path in sorted((PROJECT / folder).glob("*.py")):
        module = f"{folder.replace('/', '.')}.{path.stem}"
        if owner.name not in path.read_text("utf-8"):
            continue
        for name, statement in _statements(module).items():
            names = {each.id for each in ast.walk(statement) if isinstance(each, ast.Name)}
            if (
                owner.name in names
                and _known(module).get(owner.name) == owner
                and name != owner.name
            ):
                found.append(Owner(module, name))
    return found


def sql_file(table: str) -> str:
    """Return the file whose query is a table, empty for one that isn't made so."""
    path = SQL_FOLDER / f"{table.replace('.', '/')}.sql"
    return path.relative_to(PROJECT).as_posix() if path.is_file() else ""


def path_of(module: str) -> Path:
    """Return the file of a module."""
    path = PROJECT / f"{module.replace('.', '/')}.py"
    return path if path.is_file() else path.with_suffix("") / "__init__.py"


@cache
def _statements(module: str) -> dict[str, ast.stmt]:
    return {name_of(each): each for each in tree_of(path_of(module)).body if name_of(each)}


@cache
def _known(module: str) -> dict[str, Owner]:
    """What a module knows by which name: its own owners and those that it imports."""
    own = {name: Owner(module, name) for name in _statements(module)}
    return {**_imported(tree_of(path_of(module))), **own}


def _imported(tree: ast.AST) -> dict[str, Owner]:
    return {
        alias.asname or alias.name: Owner(node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and re.match("pipelines|assets", node.module or "")
        for alias in node.names
        if node.module and path_of(node.module).is_file()
    }


def _is_function(owner: Owner) -> bool:
    return isinstance(_statements(owner.module).get(owner.name), ast.FunctionDef)


def _texts(tree: ast.AST | None) -> list[str]:
    nodes = ast.walk(tree) if tree else ()
    texts = [each.value for each in nodes if isinstance(each, ast.Constant)]
    return list(dict.fromkeys(each for each in texts if isinstance(each, str)))
