"""Numbers of the code and of the contracts -> the same, marked with the place that they are set at.

Constants at the top of modules that are loaded, and the values of the entries of contracts, are
marked in place for as long as a block lasts.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from pipelines.contracts.contract_files import CONTRACTS_FOLDER
from pipelines.contracts.credibility_rules import load_credibility_rules
from pipelines.contracts.reportability_rules import load_grade_rules
from pipelines.contracts.tables import load_metrics
from pipelines.contracts.trend_measures import trend_measures
from pipelines.core.versions import PROJECT
from pipelines.lineage.marked_values import Origin, marked

_PACKAGES = ("dashboards.", "pipelines.")
_NOT_MARKED = "pipelines.lineage."


Named = tuple[dict[str, Any], str, Origin]
"""A number, several or a text by what holds it under which key, and where it is set."""


@contextmanager
def names_are_marked(others: Iterable[Named] = ()) -> Iterator[None]:
    """Mark the numbers of modules and contracts, and others, as long as the block lasts."""
    kept: list[tuple[dict[str, Any], str, Any]] = []
    for holder, key, origin in [*_constants(), *_entries(), *others]:
        kept.append((holder, key, holder[key]))
        value = holder[key]
        is_several = isinstance(value, tuple)
        holder[key] = (
            tuple(marked(e, origin) for e in value) if is_several else marked(value, origin)
        )
    try:
        yield
    finally:
        for holder, key, value in kept:
            holder[key] = value


def unit_of(outcome: str) -> Origin:
    """Return where the unit of an outcome is set."""
    return Origin(_line(CONTRACTS_FOLDER / "metrics.yml", (outcome, "unit")))


def _constants() -> Iterator[Named]:
    for module, loaded in list(sys.modules.items()):
        if module.startswith(_PACKAGES) and not module.startswith(_NOT_MARKED):
            for name, value in vars(loaded).items():
                if not name.lstrip("_").isupper():
                    continue
                if type(value) in (int, float):
                    place = place_of_constant(module, name)
                    yield vars(loaded), name, Origin(place, value=f"{value}")
                elif type(value) is tuple and _are_limits(name, value):
                    yield vars(loaded), name, Origin(place_of_constant(module, name))


def _are_limits(name: str, value: tuple[Any, ...]) -> bool:
    """Whether a constant of several numbers may be told: none that a module keeps to itself."""
    return not name.startswith("_") and bool(value) and {*map(type, value)} <= {int, float}


@cache
def place_of_constant(module: str, name: str) -> str:
    """Return where a module's constant is set: in it, or where it is imported from."""
    text = Path(str(sys.modules[module].__file__)).read_text("utf-8")
    if found := re.search(rf"^{name}\b[^=\n]*=|^(?:\w+, )+{name}\b[^=\n]*=", text, re.MULTILINE):
        return f"{module}:{name}:{text.count(chr(10), 0, found.start()) + 1}"
    alias = re.search(rf"\b(\w+) as {name}\b", text)
    own = alias[1] if alias else name
    imported = re.search(rf"^from ([\w.]+) import (?:\([^)]*|[^\n]*)\b{own}\b", text, re.MULTILINE)
    if imported and imported[1] in sys.modules:
        return place_of_constant(imported[1], own)
    return f"{module}:{name}"


def _entries() -> Iterator[Named]:
    grades = load_grade_rules()
    files = {
        "metrics.yml": {each.outcome: each for each in load_metrics()},
        "grades.yml": {name: getattr(grades, name) for name in type(grades).model_fields},
        "credibility.yml": load_credibility_rules(),
        "trend_measures.yml": {each.name: each for each in trend_measures()},
    }
    for file, entries in files.items():
        for holder, key, path in _numbers(entries, ()):
            yield holder, key, Origin(_line(CONTRACTS_FOLDER / file, path))


def _numbers(value: Any, path: tuple[str, ...]) -> Iterator[tuple[dict[str, Any], str, Any]]:
    """Where entries hold numbers, and texts with numbers."""
    held = vars(value) if isinstance(value, BaseModel) else value
    if isinstance(held, Mapping):
        for key, each in held.items():
            if isinstance(held, dict) and _is_number(each):
                yield held, key, (*path, key)
            else:
                yield from _numbers(each, (*path, str(key)))
    elif isinstance(held, list | tuple):
        for each in held:
            yield from _numbers(each, path)


def _is_number(value: Any) -> bool:
    is_text = type(value) is str and any(each.isdigit() for each in value)
    return type(value) in (int, float) or is_text


@cache
def _line(file: Path, path: tuple[str, ...]) -> str:
    """The line that a value stands on: under the name of its entry."""
    lines, at = file.read_text("utf-8").splitlines(), 0
    for key in path:
        own = re.compile(rf"\s*{re.escape(key)}:")
        at = next((n for n in range(at, len(lines)) if own.match(lines[n])), at)
    return f"{file.relative_to(PROJECT).as_posix()}:{at + 1}"
