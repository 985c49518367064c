"""A function or expression of the code -> the frames, facts and constants it is made from.

Read from the code without running it: what a name was assigned, what a caller handed over for a
parameter, what a called function reads. Attributes of a parameter that is declared as the pages'
data are where a way ends, and so are the constants of modules.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipelines.core.versions import PROJECT
from pipelines.lineage.introspection import Place, name_of, tree_of

DATA = "SiteData"
"""The type of what pages are made from; its attributes are what they read."""
_FOLDERS = ("dashboards", "pipelines", "assets")
_DEEPEST = 12


@dataclass(frozen=True)
class Owner:
    """A function, class or variable at the top of a module."""

    module: str
    name: str


@dataclass(frozen=True)
class Read:
    """What a way ends at: an attribute of the pages' data, or a constant and where it stands."""

    attribute: str = ""
    constant: Owner | None = None


def place_in_code(owner: Owner) -> Place:
    """Return where an owner is defined."""
    return Place(owner.module, owner.name, _owners()[owner].lineno)


def value_of(owner: Owner) -> str:
    """Return what a constant is set to, as it is written."""
    statement = _owners()[owner]
    value = getattr(statement, "value", None)
    return ast.unparse(value) if isinstance(value, ast.expr) else ""


@cache
def reachable(owner: Owner) -> frozenset[Owner]:
    """Return everything that a function names, and that names, in its own layer and below."""
    found, ahead = {owner}, [owner]
    while ahead:
        new = set(_named_in_order(ahead.pop())) - found
        found |= new
        ahead += new
    return frozenset(found)


def read_by(owner: Owner, within: frozenset[Owner], ends: Collection[str]) -> list[Read]:
    """Return what a function reads: itself and what it calls.

    If none of these attributes (``ends``) is among it, what its callers hand it counts, too.
    """
    return list(dict.fromkeys(_Walk(within).function(owner, ends)))


def read_in(expression: str, owner: Owner, within: frozenset[Owner]) -> list[Read]:
    """Return what an expression within a function is made from."""
    tree = ast.parse(expression, mode="eval").body
    return list(dict.fromkeys(_Walk(within).expression(tree, owner, _DEEPEST)))


def handed_over(name: str, within: Collection[Owner]) -> list[tuple[Owner, ast.expr]]:
    """Return the expressions that functions give to a name, as a keyword or a key."""
    return [(owner, value) for owner in within for key, value in _given(owner) if key == name]


def owners_in(expression: ast.expr, owner: Owner) -> list[Owner]:
    """Return the functions that an expression calls, through what its names were assigned."""
    called = (_resolved(node, owner.module) for node in _through_names(expression, owner))
    return [
        each
        for each in dict.fromkeys(called)
        if each and isinstance(_owners()[each], ast.FunctionDef | ast.ClassDef)
    ]


def key_owners(key: str, within: frozenset[Owner]) -> list[Owner]:
    """Return the functions that call something by a key: as it stands, or put together."""
    named = [
        owner
        for owner in sorted(within, key=lambda each: (each.module, each.name))
        if any(given == "key" and _may_be(value, key) for given, value in _given(owner))
    ]
    if any(_is_exactly(value, key) for each in named for _, value in _given(each)):
        named = [each for each in named if any(_is_exactly(v, key) for _, v in _given(each))]
    handed = [
        owner
        for owner in sorted(within, key=lambda each: (each.module, each.name))
        for node in ast.walk(_owners()[owner])
        if isinstance(node, ast.Call) and any(_is_exactly(each, key) for each in node.args)
    ]
    return named or list(dict.fromkeys(handed))


def users_of(owner: Owner) -> list[Owner]:
    """Return the functions that name an owner."""
    near = [each for each in _owners() if owner in _imports(each.module).values()]
    return [each for each in near if owner in _named_in_order(each)]


@cache
def texts_of(owner: Owner) -> frozenset[str]:
    """Return the literal texts within a function."""
    statement = _owners().get(owner)
    return frozenset(
        node.value
        for node in (ast.walk(statement) if statement else ())
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def texts_in(expression: ast.expr, owner: Owner) -> list[str]:
    """Return the literal texts of an expression, through what its names were assigned."""
    return [
        node.value
        for node in _through_names(expression, owner)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def _through_names(expression: ast.expr, owner: Owner) -> Iterator[ast.AST]:
    """The nodes of an expression, and of what its names were assigned, each name once."""
    ahead, seen = [expression], set()
    while ahead:
        for node in ast.walk(ahead.pop(0)):
            yield node
            if isinstance(node, ast.Name) and node.id not in seen:
                seen.add(node.id)
                ahead += _assigned(owner).get(node.id, [])


def _is_exactly(node: ast.expr, text: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == text


def _may_be(node: ast.expr, text: str) -> bool:
    """Whether an expression is this text, or a formatted one that can become it."""
    if isinstance(node, ast.JoinedStr):
        parts = [
            re.escape(str(each.value)) if isinstance(each, ast.Constant) else ".+"
            for each in node.values
        ]
        return re.fullmatch("".join(parts), text) is not None
    return _is_exactly(node, text)


class _Walk:
    """One search backwards; each function and each parameter is looked at once."""

    def __init__(self, within: frozenset[Owner]) -> None:
        self.within = within
        self.seen: set[tuple[Owner, str]] = set()

    def function(self, owner: Owner, ends: Collection[str]) -> Iterator[Read]:
        found = list(self._body(owner, _DEEPEST))
        yield from found
        if not any(each.attribute in ends for each in found):
            for name in _parameters(owner):
                yield from self._parameter(name, owner, _DEEPEST)

    def expression(self, tree: ast.expr, owner: Owner, depth: int) -> Iterator[Read]:
        if depth == 0 or owner not in _owners():
            return
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and _is_data(node.value, owner):
                yield from self._of_data(node.attr, depth)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                yield from self._name(node.id, owner, depth)
            elif isinstance(node, ast.Attribute) and (made := _resolved(node, owner.module)):
                yield from self._owner(made, depth)

    def _of_data(self, attribute: str, depth: int) -> Iterator[Read]:
        """Tell of an attribute; a property of the data is what it is made from."""
        data = _data_class()
        methods = {
            each.name: each
            for each in getattr(_owners()[data], "body", ())
            if isinstance(each, ast.FunctionDef)
        }
        if attribute not in methods:
            yield Read(attribute)
            return
        for node in ast.walk(methods[attribute]):
            if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "self":
                yield Read(node.attr)

    def _name(self, name: str, owner: Owner, depth: int) -> Iterator[Read]:
        if (owner, name) in self.seen:
            return
        self.seen.add((owner, name))
        assigned = _assigned(owner).get(name, [])
        for value in assigned:
            yield from self.expression(value, owner, depth)
        if name in _parameters(owner):
            yield from self._parameter(name, owner, depth)
        elif not assigned and (made := _imports(owner.module).get(name)):
            yield from self._owner(made, depth)

    def _owner(self, owner: Owner, depth: int) -> Iterator[Read]:
        statement = _owners()[owner]
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            yield from self._body(owner, depth - 1)
        elif owner.name.lstrip("_").isupper():
            yield Read(constant=owner)

    def _body(self, owner: Owner, depth: int) -> Iterator[Read]:
        """What a function reads of the data, and what those read that it calls."""
        if depth <= 0 or (owner, "") in self.seen or owner not in self.within:
            return
        self.seen.add((owner, ""))
        for node in ast.walk(_owners()[owner]):
            if isinstance(node, ast.Attribute) and _is_data(node.value, owner):
                yield from self._of_data(node.attr, depth)
        for named in _named_in_order(owner):
            yield from self._owner(named, depth)

    def _parameter(self, name: str, owner: Owner, depth: int) -> Iterator[Read]:
        if depth <= 0 or _parameters(owner).get(name) == DATA:
            return
        place = list(_parameters(owner)).index(name)
        for caller in _callers(self.within).get(owner, ()):
            for call in _calls(caller, owner):
                given = {each.arg: each.value for each in call.keywords}
                if name in given:
                    yield from self.expression(given[name], caller, depth - 1)
                elif place < len(call.args):
                    yield from self.expression(call.args[place], caller, depth - 1)


def _is_data(node: ast.expr, owner: Owner) -> bool:
    """Whether a name is the pages' data: declared so, or an attribute called ``data``."""
    if isinstance(node, ast.Name):
        return _parameters(owner).get(node.id) == DATA or node.id == "data"
    return isinstance(node, ast.Attribute) and node.attr == "data"


@cache
def _data_class() -> Owner:
    return next(each for each in _owners() if each.name == DATA)


@cache
def _trees() -> dict[str, ast.Module]:
    return {
        _module(path): tree_of(path)
        for folder in _FOLDERS
        for path in sorted((PROJECT / folder).rglob("*.py"))
    }


def _module(path: Path) -> str:
    name = path.relative_to(PROJECT).with_suffix("").as_posix().replace("/", ".")
    return name.removesuffix(".__init__")


@cache
def _owners() -> dict[Owner, ast.stmt]:
    return {
        Owner(module, name_of(each)): each
        for module, tree in _trees().items()
        for each in tree.body
        if name_of(each)
    }


@cache
def _of_modules() -> dict[str, dict[str, Owner]]:
    found: dict[str, dict[str, Owner]] = {module: {} for module in _trees()}
    for each in _owners():
        found[each.module][each.name] = each
    return found


@cache
def _imports(module: str) -> dict[str, Owner]:
    """What a module knows by which name: its own owners and those that it imports."""
    found = dict(_of_modules()[module])
    for node in ast.walk(_trees()[module]):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                owner = Owner(node.module or "", alias.name)
                if owner in _owners():
                    found[alias.asname or alias.name] = owner
    return found


@cache
def _modules(module: str) -> dict[str, str]:
    """The modules that a module imports, by the name that it calls them."""
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(_trees()[module])
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if f"{node.module}.{alias.name}" in _trees()
    }


def _resolved(node: ast.AST, module: str) -> Owner | None:
    if isinstance(node, ast.Name):
        return _imports(module).get(node.id)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        owner = Owner(_modules(module).get(node.value.id, ""), node.attr)
        return owner if owner in _owners() else None
    return None


@cache
def _named_in_order(owner: Owner) -> tuple[Owner, ...]:
    found = [_resolved(node, owner.module) for node in ast.walk(_owners()[owner])]
    return tuple(dict.fromkeys(each for each in found if each and each != owner))


@cache
def _callers(within: frozenset[Owner]) -> dict[Owner, list[Owner]]:
    """By owner those that name it."""
    found: dict[Owner, list[Owner]] = {}
    for owner in sorted(within, key=lambda each: (each.module, each.name)):
        for named in _named_in_order(owner):
            found.setdefault(named, []).append(owner)
    return found


def _calls(caller: Owner, called: Owner) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(_owners()[caller])
        if isinstance(node, ast.Call) and _resolved(node.func, caller.module) == called
    ]


@cache
def _parameters(owner: Owner) -> dict[str, str]:
    """The parameters of a function in their order, each with its annotation."""
    statement = _owners()[owner]
    if not isinstance(statement, ast.FunctionDef):
        return {}
    every = [*statement.args.args, *statement.args.kwonlyargs]
    return {each.arg: ast.unparse(each.annotation) if each.annotation else "" for each in every}


@cache
def _assigned(owner: Owner) -> dict[str, list[ast.expr]]:
    """What the names of a function are made from: assignments and loops over something."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(_owners()[owner]):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(
            node, (ast.AnnAssign | ast.AugAssign | ast.NamedExpr | ast.For, ast.comprehension)
        ):
            targets = [node.target]
        value = getattr(node, "iter", getattr(node, "value", None))
        for target in targets:
            for each in ast.walk(target):
                if isinstance(each, ast.Name) and isinstance(value, ast.expr):
                    found.setdefault(each.id, []).append(value)
    return found


@cache
def _given(owner: Owner) -> tuple[tuple[str, ast.expr], ...]:
    found: list[tuple[str, ast.expr]] = []
    for node in ast.walk(_owners()[owner]):
        if isinstance(node, ast.keyword) and node.arg:
            found.append((node.arg, node.value))
        elif isinstance(node, ast.Dict):
            found += [
                (key.value, value)
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
            ]
    return tuple(found)
