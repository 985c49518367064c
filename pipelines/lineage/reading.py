"""A table that code makes -> the queries on the way to it, read from the code.

It goes back from where the table is written: to the variables that are in it, what these were
given, the functions that gave it, and of what a function gives in several parts to the part that is
used.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from pipelines.core.queries import query_names
from pipelines.lineage.calls import Owner, called_by, calls, function_of, known_to

COMPUTES_NOTHING = ("pipelines.core.warehouse", "pipelines.disclosure.cut_record")
"""Everything calls these: what reads and writes, and what says whether tonight is a cut."""
_Part = str
_NO_DATA = ("spec", "settings")
"""What is called so says how to estimate, and holds no data."""
_ALL: _Part = ""
"""In the place of one part of what a function gives: the whole."""


@dataclass
class _Way:
    """What is on the way: queries, and the parameters that the function was given it by."""

    queries: dict[str, None] = field(default_factory=dict)
    parameters: dict[str, None] = field(default_factory=dict)


def queries_behind(table: str, start: Owner, passed: Iterable[str]) -> list[str]:
    """Return the names of the queries on the way to a table; ``passed`` modules are left out.

    ``start`` is the function that everything is called by. None where it isn't seen which they are.
    """
    reader = _reader(frozenset(passed))
    every = reader.reached(start)
    found: dict[str, None] = {}
    for owner in every:
        for written in _written(function_of(owner), table):
            way = reader.way_to(owner, [written], _ALL)
            found |= way.queries
            found |= reader.given(owner, way.parameters, every)
    return list(found)


def queries_given(functions: Iterable[Owner], start: Owner, passed: Iterable[str]) -> list[str]:
    """Return the names of the queries on the way to what some functions are given."""
    reader = _reader(frozenset(passed))
    every = reader.reached(start)
    found: dict[str, None] = {}
    for owner in functions:
        found |= reader.of_function(owner, _ALL).queries
        found |= reader.given(owner, _parameters(owner), every)
    return list(found)


def queries_of_entry(owner: Owner, key: str, passed: Iterable[str]) -> list[str]:
    """Return the names of the queries of one entry of the mapping that a function gives."""
    reader = _reader(frozenset(passed))
    nodes = [each for each in ast.walk(function_of(owner)) if isinstance(each, ast.Dict)]
    values = [
        v for each in nodes for k, v in zip(each.keys, each.values, strict=True) if _is(k, key)
    ]
    own = [name for name in reader.names if name.endswith(f"/{key}")]
    return list(reader.way_to(owner, values, _ALL).queries) if values else own


def every_query(start: Owner, passed: Iterable[str]) -> list[str]:
    """Return the names of all queries of what a function calls, however far."""
    known = set(query_names())
    owners = _reader(frozenset(passed)).reached(start)
    nodes = [node for each in owners for node in ast.walk(function_of(each))]
    texts = [each.value for each in nodes if isinstance(each, ast.Constant)]
    return [each for each in dict.fromkeys(texts) if isinstance(each, str) and each in known]


def _written(function: ast.AST, table: str) -> Iterator[ast.expr]:
    """What is written as a table: beside its name in a call, or under its own name in a dict."""
    own = table.partition(".")[2]
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and any(_is(each, table) for each in node.args):
            yield from (each for each in node.args if not _is(each, table))
        elif isinstance(node, ast.Dict):
            yield from (v for k, v in zip(node.keys, node.values, strict=True) if _is(k, own))


def _is(node: ast.expr | None, text: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == text


class _Reader:
    """Follows values back through functions, each once."""

    def __init__(self, passed: frozenset[str]) -> None:
        self.passed = passed
        self.names = frozenset(query_names())
        self._known: dict[tuple[Owner, _Part], _Way] = {}
        self._given: dict[tuple[Owner, frozenset[str]], dict[str, None]] = {}

    def reached(self, start: Owner) -> list[Owner]:
        """Everything that is called from a function on, in the order of the calls."""
        found: dict[Owner, None] = {}
        waiting = [start]
        while waiting:
            owner = waiting.pop(0)
            if owner not in found:
                found[owner] = None
                waiting += [each for each in calls(owner) if each.module not in self.passed]
        return list(found)

    def given(self, owner: Owner, parameters: Iterable[str], every: list[Owner]) -> dict[str, None]:
        """The queries on the way to what a function is given by those that call it."""
        asked = (owner, frozenset(parameters))
        if asked in self._given:
            return self._given[asked]
        found = self._given[asked] = {}
        for caller in every if asked[1] else ():
            for node in ast.walk(function_of(caller)):
                if isinstance(node, ast.Call) and _called(node, caller) == owner:
                    way = self.way_to(caller, list(_arguments(node, owner, asked[1])), _ALL)
                    found |= way.queries
                    if caller != owner:
                        found |= self.given(caller, way.parameters, every)
        return found

    def of_function(self, owner: Owner, part: _Part) -> _Way:
        """What is on the way to what a function gives, or to one part of it."""
        if (owner, part) not in self._known:
            self._known[owner, part] = _Way()
            returned = [
                node.value
                for node in ast.walk(function_of(owner))
                if isinstance(node, ast.Return | ast.Yield) and node.value
            ]
            self._known[owner, part] = self.way_to(owner, returned, part)
        return self._known[owner, part]

    def way_to(self, owner: Owner, wanted: list[ast.expr], part: _Part) -> _Way:
        """What is on the way to expressions of a function."""
        follower = _Follower(self, owner)
        for each in wanted:
            follower.follow(each, part)
        return follower.way


@cache
def _reader(passed: frozenset[str]) -> _Reader:
    return _Reader(passed)


class _Follower:
    """Follows values back within one function."""

    def __init__(self, reader: _Reader, owner: Owner) -> None:
        self.reader, self.owner = reader, owner
        self.function = function_of(owner)
        self.parameters = _parameters(owner)
        self.way = _Way()
        self._seen: set[tuple[int | str, _Part]] = set()

    def follow(self, node: ast.AST, part: _Part) -> None:
        """Go back from an expression, or from a part of what it gives."""
        if (id(node), part) in self._seen:
            return
        self._seen.add((id(node), part))
        if isinstance(node, ast.Constant) and node.value in self.reader.names:
            self.way.queries[str(node.value)] = None
        elif isinstance(node, ast.Attribute):
            if node.attr not in _NO_DATA:
                self.follow(node.value, node.attr)
        elif isinstance(node, ast.IfExp):
            self.follow(node.body, part)
            self.follow(node.orelse, part)
        elif isinstance(node, ast.Name):
            self._variable(node.id, part)
        elif isinstance(node, ast.Call):
            self._call(node, part)
        else:
            for each in ast.iter_child_nodes(node):
                self.follow(each, _ALL)

    def _call(self, node: ast.Call, part: _Part) -> None:
        called = _called(node, self.owner)
        if called and isinstance(function_of(called), ast.FunctionDef):
            if called.module in self.reader.passed:
                self._every(node)
                return
            way = self.reader.of_function(called, part)
            self.way.queries |= way.queries
            for each in _arguments(node, called, way.parameters):
                self.follow(each, _ALL)
            return
        made = function_of(called) if called else None
        parts = [e.target.id for e in getattr(made, "body", ()) if _is_field(e)]
        own = {e.arg: e.value for e in node.keywords if e.arg} | dict(
            zip(parts, node.args, strict=False)
        )
        if isinstance(made, ast.ClassDef) and part in own:
            self.follow(own[part], _ALL)
        else:
            self._every(node)

    def _every(self, node: ast.Call) -> None:
        for each in ast.iter_child_nodes(node):
            self.follow(each, _ALL)

    def _variable(self, name: str, part: _Part) -> None:
        if (name, part) in self._seen or name in _NO_DATA:
            return
        self._seen.add((name, part))
        if name in self.parameters:
            self.way.parameters[name] = None
        own = known_to(self.owner).get(name)
        is_own = own and own.module == self.owner.module
        if own and is_own and not isinstance(function_of(own), ast.FunctionDef | ast.ClassDef):
            self.follow(function_of(own), _ALL)
        for node in ast.walk(self.function):
            for target, value in _given(node):
                if isinstance(target, ast.Name) and target.id == name:
                    self.follow(value, part)
                elif any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(target)):
                    self.follow(value, _ALL)


def _is_field(node: ast.stmt) -> bool:
    return isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)


def _given(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """What a statement gives to what: by a sign, a loop, a block, or by adding to it."""
    if isinstance(node, ast.Assign):
        yield from ((each, node.value) for each in node.targets)
    elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and node.value:
        yield node.target, node.value
    elif isinstance(node, ast.For | ast.comprehension):
        yield node.target, node.iter
    elif isinstance(node, ast.withitem) and node.optional_vars:
        yield node.optional_vars, node.context_expr
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        holder = getattr(node.value.func, "value", None)
        yield from ((holder, each) for each in node.value.args if holder)


def _called(node: ast.Call, owner: Owner) -> Owner | None:
    found = called_by(node, known_to(owner))
    return found if found and found.is_there else None


def _parameters(owner: Owner) -> list[str]:
    function = function_of(owner)
    if not isinstance(function, ast.FunctionDef):
        return []
    given = function.args
    return [each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)]


def _arguments(node: ast.Call, called: Owner, wanted: Iterable[str]) -> Iterator[ast.expr]:
    """What a call gives for some parameters of the function; all if that isn't seen."""
    by_name = {each.arg: each.value for each in node.keywords}
    names = _parameters(called)
    if None in by_name or any(isinstance(each, ast.Starred) for each in node.args):
        yield from (*node.args, *by_name.values())
        return
    own = dict(zip(names, node.args, strict=False)) | by_name
    yield from (own[each] for each in wanted if each in own)
