"""A number in a text -> the line of code or of a contract with the words that it stands among.

Texts that are put together of words and values are read as patterns: what stands between the words
may be anything.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from pipelines.core.versions import PROJECT
from pipelines.lineage.introspection import Place, name_of, tree_of
from pipelines.lineage.words import plain

_FOLDERS = ("dashboards", "pipelines")
_CONTRACTS = "pipelines/contracts"
_FEWEST_LETTERS, _FEWEST_OF_TWO = 8, 6
_NUMBER = re.compile(r"\d")
_FILLED = re.compile(r"\{\w*\}")
_NEAR = 100
_MOST_FILLED = 60
"""Signs that one value may take."""


@dataclass(frozen=True)
class _Wording:
    """Words of one text: the pieces between its values, in small letters."""

    place: Place
    pieces: tuple[str, ...]

    @property
    def n_letters(self) -> int:
        return sum(each.isalpha() for piece in self.pieces for each in piece)


def worded_in(
    text: str, start: int, end: int, *, is_literal: bool = False, near: Collection[str] = ()
) -> Place | None:
    """Return the place whose words a part of a text is from; of several that with most words.

    ``is_literal``: only one that has the part itself, not a value in its place; of several one in
    these modules first (``near``).
    """
    said = plain(text)
    first = len(plain(f"{text[:start]}|")) - 1
    at = (first, first + len(plain(text[start:end])))
    found = [
        each
        for path in _files_with(said[max(0, first - _NEAR) : at[1] + _NEAR])
        for each in _wordings(path)
        if all(piece in said for piece in each.pieces)
        and _covers(each, said, at, is_literal=is_literal)
    ]
    best = max(found, key=lambda each: (each.place.module in near, each.n_letters), default=None)
    return best.place if best else None


def _files_with(near: str) -> Iterator[Path]:
    """The files that have some two words of a text beside each other."""
    words = re.findall(r"[^\W\d]+", near)
    pairs = [f"{one} {two}" for one, two in pairwise(words) if len(one + two) >= _FEWEST_OF_TWO]
    if pairs:
        either = re.compile("|".join(map(re.escape, pairs)))
        yield from (path for path, text in _texts() if either.search(text))


@cache
def _texts() -> tuple[tuple[Path, str], ...]:
    files = [path for folder in _FOLDERS for path in (PROJECT / folder).rglob("*.py")]
    files += (PROJECT / _CONTRACTS).rglob("*.yml")
    return tuple((path, plain(path.read_text("utf-8"))) for path in sorted(files))


def _covers(wording: _Wording, said: str, at: tuple[int, int], *, is_literal: bool) -> bool:
    filled = f".{{0,{_MOST_FILLED}}}?"
    pattern = filled.join(f"({re.escape(each)})" for each in wording.pieces)
    places = [
        found.regs[1:] if is_literal else found.regs[:1] for found in re.finditer(pattern, said)
    ]
    return any(start <= at[0] and at[1] <= end for each in places for start, end in each)


@cache
def _wordings(path: Path) -> tuple[_Wording, ...]:
    """Every text of a file that has a value or a number in it."""
    found = _of_contract(path) if path.suffix == ".yml" else _of_code(path)
    return tuple(each for each in found if each.n_letters >= _FEWEST_LETTERS)


def _of_code(path: Path) -> Iterator[_Wording]:
    module = path.relative_to(PROJECT).with_suffix("").as_posix().replace("/", ".")
    for owner in tree_of(path).body:
        for node in ast.walk(owner):
            if isinstance(node, ast.JoinedStr | ast.Constant) and (pieces := _pieces(node)):
                yield _Wording(Place(module, name_of(owner), node.lineno), pieces)


def _pieces(node: ast.JoinedStr | ast.Constant) -> tuple[str, ...]:
    """The words of a text that has values, or a number, in it."""
    if isinstance(node, ast.JoinedStr):
        parts = [each.value if isinstance(each, ast.Constant) else "\0" for each in node.values]
        return _split("".join(str(each) for each in parts))
    is_text = isinstance(node.value, str) and any(each.isdigit() for each in node.value)
    return _split(str(node.value)) if is_text else ()


def _of_contract(path: Path) -> Iterator[_Wording]:
    name = path.relative_to(PROJECT).as_posix()
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if (_FILLED.search(line) or _NUMBER.search(line)) and not line.startswith("#"):
            value = line.partition(": ")[2].strip().strip("\"'")
            yield _Wording(Place(name, "", number), _split(_FILLED.sub("\0", value)))


def _split(text: str) -> tuple[str, ...]:
    """The pieces of a text between its values, as texts are compared; the ends stay as they are."""
    told = re.sub(r"\s+", " ", text).lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return tuple(each for each in told.split("\0") if each)
