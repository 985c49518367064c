"""Which section of the documents speaks of something."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from pipelines.core.versions import PROJECT

_FIGURE_CELL = re.compile(r"\| *[-+]?\d")
_NAMED = re.compile(r"python -m (bench[.]\w+)")
_WRITTEN_BY = re.compile(r"Written by `python -m ([\w.]+)")
_DOCUMENT = re.compile(r"\]\(([\w-]+\.md)[)#]")
_HEADING = re.compile(r"^(#{1,4}) (.+)$")
MOST = 4


@dataclass(frozen=True)
class Section:
    """A heading of a document with its line, and how well it fits."""

    file: str
    line: int
    heading: str
    score: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.heading}"


def programs_behind(file: str, line: int) -> list[str]:
    """Return what writes the figures around a line.

    That is what its paragraph names, else what its document names, or those that its paragraph
    links to, of a row of figures its section.
    """
    documents = {name.removeprefix("docs/"): text for name, text in _documents().items()}
    lines = documents[file.removeprefix("docs/")].splitlines()
    if own := _NAMED.findall(_paragraph(lines, line - 1)):
        return [f"{each.replace('.', '/')}.py:1" for each in dict.fromkeys(own)]
    first = next((n for n in range(line - 1, 0, -1) if _HEADING.match(lines[n])), 0)
    last = next((n for n in range(line, len(lines)) if _HEADING.match(lines[n])), len(lines))
    is_of_figures = len(_FIGURE_CELL.findall(lines[line - 1])) > 1
    near = lines[first:last] if is_of_figures else [_paragraph(lines, line - 1)]
    linked = _DOCUMENT.findall("\n".join(near))
    found = [
        module
        for name in (file.removeprefix("docs/"), *linked)
        for module in _WRITTEN_BY.findall(documents.get(name, ""))
    ]
    return [f"{each.replace('.', '/')}.py:1" for each in dict.fromkeys(found)]


def _paragraph(lines: Sequence[str], at: int) -> str:
    """The lines around one up to empty ones."""
    first = next((n + 1 for n in range(at, -1, -1) if not lines[n].strip()), 0)
    last = next((n for n in range(at, len(lines)) if not lines[n].strip()), len(lines))
    return "\n".join(lines[first:last])


def sections_about(name: str) -> list[Section]:
    """Return the sections that speak of a name, those with it in their heading first.

    Otherwise a section counts once for each time the name stands in it as code or in bold.
    """
    found = [
        section
        for path in sorted((PROJECT / "docs").glob("*.md"))
        for section in _sections(
            path.relative_to(PROJECT).as_posix(), path.read_text("utf-8"), name
        )
    ]
    found.sort(key=lambda section: (-section.score, section.file, section.line))
    return found[:MOST]


@cache
def _documents() -> dict[str, str]:
    return {
        path.relative_to(PROJECT).as_posix(): path.read_text("utf-8")
        for path in sorted((PROJECT / "docs").glob("*.md"))
    }


def _sections(file: str, text: str, name: str) -> list[Section]:
    mentions = re.compile(rf"(`[^`\n]*\b{re.escape(name)}\b[^`\n]*`|\*\*{re.escape(name)}\*\*)")
    found: list[Section] = []
    heading, start, score = "", 1, 0
    for number, line in enumerate([*text.splitlines(), "# end"], start=1):
        is_heading = _HEADING.match(line)
        if is_heading:
            if score:
                found.append(Section(file, start, heading, score))
            heading, start = is_heading[2], number
            score = 100 if re.search(rf"\b{re.escape(name)}\b", heading) else 0
        else:
            score += len(mentions.findall(line))
    return found
