"""A finished sentence -> the templates and literals that it may be written from, the fullest first.

What code or a page's template puts in is a hole there and may be anything here, so whole sentences
are found with their figures. A literal counts by how much of the words asked for it explains.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipelines.core.versions import PROJECT
from pipelines.lineage.introspection import Place, name_of, tree_of
from pipelines.lineage.page_text import HOLE, template_blocks
from pipelines.lineage.words import plain

_CODE = ("dashboards", "pipelines")
_NOT_WRITING = ("simulation", "lineage")
_FORMATS = "dashboards.formats"
"""Its constants are the months' and units' names: any date is written from them."""
_FEWEST_LETTERS = 4
_LEAST_SHARE = 0.5
_WIDEST_FIGURE = 24
_WORDS = re.compile(r"\w")
_BEGINS = re.compile(r"^\s*(?:[-*|#]+ |\d+\. |\|)")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_MARKS = re.compile(r"\*+|`")


@dataclass(frozen=True)
class Written:
    """A text as it stands in the project: its pieces, and the expressions between them."""

    place: Place
    pieces: tuple[str, ...]
    holes: tuple[str, ...]
    is_whole: bool
    """Whether every piece has to be there; a template's branches needn't."""

    @property
    def n_letters(self) -> int:
        """How many characters of it are given."""
        return sum(len(piece) for piece in self.pieces)


@dataclass(frozen=True)
class Found:
    """What explains a stretch of the words asked for: how many letters, and from where on."""

    written: Written
    n_letters: int
    first: int
    last: int

    @property
    def reach(self) -> int:
        """How far a hole at an end may reach: to the figure that begins or ends a sentence."""
        return _WIDEST_FIGURE if self.written.holes else 0


def sources_of(text: str, words: str = "") -> list[Found]:
    """Return what ``text`` may be written from, near the ``words`` of it that are asked for."""
    told, wanted = plain(text), plain(words or text)
    start = max(told.find(wanted), 0)
    end = start + len(wanted)
    found = [each for written in _texts() if (each := _match(written, told))]
    near = [
        each for each in found if each.first < end + each.reach and each.last > start - each.reach
    ]
    return sorted(near, key=lambda each: (-each.n_letters, each.written.place))


def _match(written: Written, told: str) -> Found | None:
    """Find the pieces in their order; as many as there are, unless all have to be."""
    place, first, n_letters = 0, -1, 0
    for piece in written.pieces:
        at = told.find(piece, place)
        if at < 0:
            if written.is_whole:
                return None
            continue
        first = at if first < 0 else first
        place, n_letters = at + len(piece), n_letters + len(piece)
    if first < 0 or not _stands_alone(told, first, place):
        return None
    if n_letters < _LEAST_SHARE * written.n_letters:
        return None
    return Found(written, n_letters, first, place)


def _stands_alone(told: str, first: int, last: int) -> bool:
    inside = told[first:last]
    before = told[first - 1 : first] if _WORDS.match(inside[:1]) else ""
    after = told[last : last + 1] if _WORDS.match(inside[-1:]) else ""
    return not (_WORDS.match(before) or _WORDS.match(after))


@cache
def _texts() -> tuple[Written, ...]:
    files = sorted((PROJECT / "dashboards").rglob("*.j2"))
    found = [each for path in files for each in _of_template(path)]
    for folder in _CODE:
        for path in sorted((PROJECT / folder).rglob("*.py")):
            if not set(path.relative_to(PROJECT).parts) & set(_NOT_WRITING):
                found += _of_code(path)
    files = sorted((PROJECT / "pipelines" / "contracts").rglob("*.yml"))
    found += [each for path in files for each in _of_contract(path)]
    found += _of_document(PROJECT / "docs" / "method.md")  # which is a part of a page
    return tuple(found)


def _written(place: Place, text: str, holes: tuple[str, ...], *, is_whole: bool) -> Written | None:
    pieces = tuple(each for part in text.split(HOLE) if (each := plain(part)))
    if sum(len(_WORDS.findall(each)) for each in pieces) < _FEWEST_LETTERS:
        return None
    return Written(place, pieces, holes, is_whole)


def _of_template(path: Path) -> Iterator[Written]:
    name = path.relative_to(PROJECT).as_posix()
    for block in template_blocks(path.read_text("utf-8")):
        held = block.around[-1]
        holes = tuple(held.expressions) if HOLE in block.text else ()
        if found := _written(Place(name, "", block.line), block.text, holes, is_whole=not holes):
            yield found


def _of_code(path: Path) -> Iterator[Written]:
    module = path.relative_to(PROJECT).with_suffix("").as_posix().replace("/", ".")
    for owner in tree_of(path).body:
        if module == _FORMATS and name_of(owner).lstrip("_").isupper():
            continue
        said = {id(each) for each in (*_docstrings(owner), *_of_errors(owner))}
        inner: set[int] = set()
        for node in ast.walk(owner):
            if isinstance(node, ast.JoinedStr):
                if id(node) in said:
                    inner |= {id(each) for each in node.values}
                    continue
                inner |= {id(each) for each in node.values}
                text, holes = _joined(node)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                if id(node) in inner | said:
                    continue
                text, holes = re.sub(r"\{\w*\}", HOLE, node.value), ()
                holes = tuple(re.findall(r"\{(\w*)\}", node.value))
            else:
                continue
            place = Place(module, name_of(owner), node.lineno)
            if found := _written(place, text, holes, is_whole=True):
                yield found


def _joined(node: ast.JoinedStr) -> tuple[str, tuple[str, ...]]:
    """Return an f-string's text with holes, and the expressions that fill them."""
    text, holes = "", []
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value)
        elif isinstance(part, ast.FormattedValue):
            text += HOLE
            holes.append(ast.unparse(part.value))
    return text, tuple(holes)


def _of_errors(owner: ast.stmt) -> Iterator[ast.AST]:
    """What is raised is on no page."""
    for node in ast.walk(owner):
        if isinstance(node, ast.Raise):
            yield from ast.walk(node)


def _docstrings(owner: ast.stmt) -> Iterator[ast.expr]:
    for node in [owner, *ast.walk(owner)]:
        if isinstance(node, ast.Expr):
            yield node.value


def _of_contract(path: Path) -> Iterator[Written]:
    """Each line with the next one, because a text may be broken there."""
    name = path.relative_to(PROJECT).as_posix()
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        _, _, told = line.partition(": ")
        text = (told or line).strip().strip("\"'")
        if found := _written(Place(name, "", number), text, (), is_whole=True):
            yield found


def _of_document(path: Path) -> Iterator[Written]:
    """Each paragraph, item and cell of a document, as it is read when it is a page."""
    name = path.relative_to(PROJECT).as_posix()
    lines = path.read_text("utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        if number > 1 and lines[number - 2].strip() and not _BEGINS.match(line):
            continue
        told = [line]
        for after in lines[number:]:
            if not after.strip() or _BEGINS.match(after):
                break
            told.append(after)
        for cell in _BEGINS.sub("", " ".join(told)).split("|"):
            text = _MARKS.sub("", _LINK.sub(r"\1", cell))
            if found := _written(Place(name, "", number), text, (), is_whole=True):
                yield found
