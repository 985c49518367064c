"""Words as somebody reads them -> the templates, functions and sections of documents with them."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection
from functools import cache, partial
from pathlib import Path

from pipelines.core.versions import PROJECT
from pipelines.lineage.introspection import Place, name_of, tree_of

_SPACE = re.compile(r"\s+")
_BLOCK = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_MARKS = re.compile(r"[*`_]{1,2}(?=\w)|(?<=[\w.)])[*`_]{1,2}|^#+ ")
_KEY_ALONE = re.compile(r"^\s*-? *\w+: *[>|]?-?$")
_DEFINED_IN = "pipelines/contracts"
_CLAIMS = "/claims/"
"""Their numbers are parameters of several estimates."""
_ENTRY = re.compile(r"\w+:")
_VALUE = re.compile(r"\s+\w+: (\d[\d.]*)$")
_AROUND, _FEWEST_SIGNS, _FEWEST_OF_A_PART, _NEAR = 40, 4, 20, 200
_BEGINS, _ENDS = ":\"'{[,-", "\"',]}"
"""Between what a contract's value stands."""
_WRITES = ("dashboards", "pipelines/contracts", "pipelines/core")
"""Folders whose literals are read by people: the pages, and the contracts' words."""


def written(words: str) -> list[Place]:
    """Return where words stand in templates, contracts and the literals of the pages' code.

    Capitals, line breaks and the kind of apostrophe don't matter.
    """
    wanted = plain(words)
    if not wanted:
        return []
    return [
        place
        for place, text, n_own in _texts()
        if (found := has_words(text, wanted)) and found.start() < n_own
    ]


def in_files(
    text: str,
    start: int,
    end: int,
    beside: str = "",
    entries: Collection[str] = (),
    folder: str = "",
) -> list[Place]:
    """Return the line of a document or contract that a part of a text is from.

    That is where the whole text stands, else its sentence, the part, or the words around it, if
    they are many enough; of several places the one in one of these ``entries`` of a contract, else
    the one that most words of what is ``beside`` it stand near.
    """
    said = set(re.findall(r"\w+", plain(beside)))
    around = text[max(0, text.rfind(". ", 0, start) + 1) :]
    sentence = around.partition(". ")[0] if start else text.partition(". ")[0]
    near = text[max(0, start - _AROUND) : end + _AROUND].partition(" ")[2].rpartition(" ")[0]
    tries = [(each, _FEWEST_SIGNS) for each in (text, sentence)]
    tries += [(each, _FEWEST_OF_A_PART) for each in (text[start:end], near)]
    for each, fewest in tries:
        wanted = plain(each).strip(" .")
        if len(wanted) < fewest:
            continue
        for name, whole, lines in _whole_files():
            if name.startswith(folder) and has_words(whole, wanted):
                found = _pattern(wanted).finditer(whole)
                every = [e.start() for e in found if _is_own(name, whole, e, lines)]
                if not every:
                    continue
                in_own = [at for at in every if _entry_at(name, lines[at]) in entries] or every
                return [
                    Place(name, "", lines[max(in_own, key=partial(_n_near, said, whole, lines))])
                ]
    return []


def _is_own(file: str, whole: str, found: re.Match[str], lines: list[int]) -> bool:
    """Whether words are from there: a few in a contract only as a value of their own."""
    if len(found[0]) >= _FEWEST_OF_A_PART or not file.endswith(".yml"):
        return True
    first = bisect_left(lines, lines[found.start()])
    before, after = whole[first : found.start()].rstrip(), whole[found.end() :].lstrip(" .")
    is_last = not after or bisect_right(lines, lines[found.start()]) <= found.end() + 2
    return (not before or before[-1] in _BEGINS) and (is_last or after[0] in _ENDS)


def _entry_at(file: str, line: int) -> str:
    """The entry of a contract that a line is in."""
    lines = (PROJECT / file).read_text("utf-8").splitlines() if file.endswith(".yml") else []
    found = (each for each in reversed(lines[:line]) if _ENTRY.match(each))
    return next(found, "").partition(":")[0]


def entry_called(name: str) -> list[Place]:
    """Return the line at which the entry of a definition or an outcome begins."""
    folder = PROJECT / _DEFINED_IN
    return [
        Place(path.relative_to(PROJECT).as_posix(), "", number)
        for path in (*sorted((folder / "definitions").glob("*.yml")), folder / "metrics.yml")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if line == f"{name}:"
    ]


def values_beside(place: str, numbers: Collection[str]) -> list[str]:
    """Return the places in a contract's entry that set some numbers, of a text in the entry.

    A unit sets its numbers itself.
    """
    file, _, line = place.partition(":")
    if not file.endswith(".yml") or _CLAIMS in file:
        return []
    lines = (PROJECT / file).read_text("utf-8").splitlines()
    at = int(line) - 1
    if lines[at].lstrip().startswith("unit:"):
        return []
    first = next((n for n in range(at, -1, -1) if _ENTRY.match(lines[n])), at)
    last = next((n for n in range(at + 1, len(lines)) if _ENTRY.match(lines[n])), len(lines))
    found = ((n, _VALUE.match(lines[n])) for n in range(first, last))
    return [f"{file}:{n + 1}" for n, each in found if each and each[1] in numbers]


def value_at(place: str) -> str:
    """Return what a line of a contract sets, after a space; nothing of another place."""
    file, _, line = place.partition(":")
    if not file.endswith(".yml"):
        return ""
    found = _VALUE.match((PROJECT / file).read_text("utf-8").splitlines()[int(line) - 1])
    return f" {found[0].strip()}" if found else ""


def _n_near(said: set[str], whole: str, lines: list[int], at: int) -> tuple[int, int]:
    """How many words of what is beside a text stand on its line, and how many near it."""
    first, after = bisect_left(lines, lines[at]), bisect_right(lines, lines[at])
    near = whole[first:after], whole[max(0, at - _NEAR) : at + _NEAR]
    on_line, around = (len(said & set(re.findall(r"\w+", each))) for each in near)
    return on_line, around


@cache
def _whole_files() -> tuple[tuple[str, str, list[int]], ...]:
    """Each file's text as it is read, and the line of each of its signs."""
    files = [*_below("docs", "method.md"), *_below("pipelines/contracts", "*.yml")]
    return tuple(_read_whole(path) for path in files)


def _read_whole(path: Path) -> tuple[str, str, list[int]]:
    text = ""
    numbers: list[int] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        told = _KEY_ALONE.sub("", line)
        if path.suffix == ".md":
            told = _MARKS.sub("", _LINK.sub(r"\1", line)).replace("|", " ")
        told = plain(told.strip(" -"))
        text += f"{told} " if told else ""
        numbers += [number] * (len(text) - len(numbers))
    return path.relative_to(PROJECT).as_posix(), text, numbers


def line_at(place: Place) -> str:
    """Return a line of a document or contract, as texts are compared."""
    return plain((PROJECT / place.module).read_text("utf-8").splitlines()[place.line - 1])


def headings(words: str) -> list[Place]:
    """Return the headings of the documents, and the documents, that are called by these words."""
    wanted = plain(words)
    return [place for place, text in _headings() if wanted and has_words(text, wanted)]


def has_words(text: str, wanted: str) -> re.Match[str] | None:
    """Find words in a text, both as `plain` returns them; no part of a longer one counts."""
    return _pattern(wanted).search(text) if wanted in text else None


@cache
def _pattern(wanted: str) -> re.Pattern[str]:
    before = r"(?<!\w)(?<!\d[.,:])" if re.match(r"\w", wanted) else ""
    after = r"(?!\w)(?![.,:]\d)" if re.search(r"\w$", wanted) else ""
    return re.compile(f"{before}{re.escape(wanted)}{after}")


def line_of(key: str) -> int:
    """Return the line of docs/settings.md that tells of a key such as ``privacy.min_group``.

    Of a key that its example doesn't show, it is the line of its section.
    """
    section, own = key.partition(".")[0], key.rpartition(".")[2]
    here, found = "", 1
    lines = (PROJECT / "docs" / "settings.md").read_text("utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        told = line.removeprefix("# ")
        if head := re.match(r"\[(\w+)", told):
            here = head[1]
            found = number if here == section else found
        if here == (section if "." in key else "") and told.startswith((f"{own} =", f"{own}.")):
            return number
    return found


def plain(text: str) -> str:
    """Return a text as it is compared: small letters, single spaces, straight apostrophes."""
    return _SPACE.sub(" ", text).strip().lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


@cache
def _texts() -> tuple[tuple[Place, str, int], ...]:
    """Places with their text, and how many of its characters stand in the place itself."""
    files = [(path, _template_lines) for path in _below("dashboards", "*.j2")]
    files += [(path, _literals) for folder in _WRITES for path in _below(folder, "*.py")]
    files += [(path, _template_lines) for path in _below("pipelines/contracts", "*.yml")]
    return tuple(found for path, read in files for found in read(path))


def _below(folder: str, pattern: str) -> list[Path]:
    return sorted((PROJECT / folder).rglob(pattern))


def _template_lines(path: Path) -> list[tuple[Place, str, int]]:
    """Each line with the next one, because a sentence may be broken there."""
    lines = path.read_text("utf-8").splitlines()
    name = path.relative_to(PROJECT).as_posix()
    return [
        (Place(name, "", number), plain(f"{line} {after}"), len(plain(line)))
        for number, (line, after) in enumerate(zip(lines, [*lines[1:], ""], strict=True), start=1)
        if line.strip()
    ]


def _literals(path: Path) -> list[tuple[Place, str, int]]:
    module = path.relative_to(PROJECT).with_suffix("").as_posix().replace("/", ".")
    return [
        (Place(module, name_of(owner), node.lineno), text := plain(node.value), len(text))
        for owner in tree_of(path).body
        for node in ast.walk(owner)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def _without_blocks(path: Path) -> str:
    """A document with empty lines in the place of its blocks of code."""
    text = path.read_text("utf-8")
    return _BLOCK.sub(lambda found: "\n" * found[0].count("\n"), text)


@cache
def _headings() -> tuple[tuple[Place, str], ...]:
    return tuple(
        (
            Place(path.relative_to(PROJECT).as_posix(), line.lstrip("# "), number),
            plain(line if number > 1 else f"{line} {path.stem.replace('-', ' ')}"),
        )
        for path in [PROJECT / "README.md", *_below("docs", "*.md")]
        for number, line in enumerate(_without_blocks(path).splitlines(), start=1)
        if line.startswith("#")
    )
