"""HTML of a page, or a template -> its blocks of words, each with what stands around it.

A block is what is read in one go: a paragraph, a cell, a head. Where a template has an expression
its text has a `HOLE`, and the expression is kept with the block and with the parts it stands in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

HOLE = "\ue000"
"""Stands in a text for what isn't known before the page is made."""
_INLINE = frozenset(
    [
        "a",
        "abbr",
        "b",
        "br",
        "button",
        "code",
        "em",
        "i",
        "mark",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "time",
        "tspan",
        "u",
    ]
)
_VOID = frozenset(
    ["area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"]
)
_SKIPPED = ("script", "style")
_JINJA = re.compile(r"\{\{(.*?)\}\}|\{%(.*?)%\}|\{#.*?#\}", re.DOTALL)
_TEXT_IN_EXPRESSION = re.compile(r'"([^"]*)"')
_SPACE = re.compile(r"[ \t\r\n]+")


@dataclass
class Part:
    """An element around blocks: its tag and id, and what is said in it first as a heading."""

    tag: str
    id: str
    line: int
    heading: str = ""
    columns: list[str] = field(default_factory=list)
    row: list[str] = field(default_factory=list)
    expressions: list[str] = field(default_factory=list)


@dataclass
class Block:
    """Words with their line, their tag, and the elements around them from outside in."""

    tag: str
    line: int
    text: str
    around: tuple[Part, ...]
    terms: tuple[str, ...]
    metric: str
    column: int

    def nearest(self, *tags: str) -> Part | None:
        """Return the innermost element of one of these tags around the block."""
        return next((each for each in reversed(self.around) if each.tag in tags), None)

    @property
    def ids(self) -> list[str]:
        """The ids of the elements around the block, the nearest first."""
        return [each.id for each in reversed(self.around) if each.id]

    @property
    def beside(self) -> list[str]:
        """What heads the block: its row, its column, its table and the parts around it."""
        found = []
        if row := self.nearest("tr"):
            found += row.row
        if table := self.nearest("table"):
            found += table.columns[self.column : self.column + 1]
        found += [each.heading for each in reversed(self.around) if each.heading]
        return [each for each in dict.fromkeys(found) if each and each != self.text]


def blocks_of(html: str) -> list[Block]:
    """Return the blocks of a page, in its order."""
    reader = _Reader([])
    reader.feed(html)
    reader.close()
    return [each for each in reader.blocks if each.text]


def template_blocks(template: str) -> list[Block]:
    """Return the blocks of a template; lines are those of its file."""
    expressions: list[str] = []

    def hole(found: re.Match[str]) -> str:
        lines = "\n" * found[0].count("\n")
        inner = found[1] or found[2]
        if inner is None:
            return lines
        expressions.append(inner.strip())
        said = " ".join(_TEXT_IN_EXPRESSION.findall(found[1])) if found[1] else ""
        # The hole carries the number of its expression, so that the reader knows which it is.
        return f"{HOLE}{len(expressions) - 1}{HOLE}{said}{lines}"

    reader = _Reader(expressions)
    reader.feed(_JINJA.sub(hole, template))
    reader.close()
    return reader.blocks


_NUMBERED = re.compile(f"{HOLE}(\\d+){HOLE}")


class _Reader(HTMLParser):
    """Collects the blocks; elements that are never closed end with the one around them."""

    def __init__(self, expressions: list[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.expressions = expressions
        self.blocks: list[Block] = []
        self._open: list[Part] = []
        self._skipped = 0
        self._texts: list[str] = []
        self._line = 1
        self._terms: list[str] = []
        self._metrics: list[tuple[int, str]] = []
        self._columns = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag in _SKIPPED:
            self._skipped += 1
            return
        if tag in _INLINE:
            self._term(tag, given)
            self._texts.append(" " if tag == "br" or self._ends_a_sentence() else "")
            return
        self._end_block()
        if tag in _VOID:
            return
        if tag == "tr":
            self._columns = 0
        self._open.append(Part(tag, _NUMBERED.sub(HOLE, given.get("id", "")), self.getpos()[0]))
        self._note(" ".join(given.values()))
        if "data-metric" in given:
            self._metrics.append((len(self._open), given["data-metric"]))

    def handle_endtag(self, tag: str) -> None:
        if tag in _SKIPPED:
            self._skipped -= 1
            return
        if tag in _INLINE:
            return
        self._end_block()
        if tag in ("td", "th"):
            self._columns += 1
        if any(each.tag == tag for each in self._open):
            while self._open.pop().tag != tag:
                pass
        self._metrics = [each for each in self._metrics if each[0] <= len(self._open)]

    def handle_data(self, data: str) -> None:
        if self._skipped:
            return
        if not "".join(self._texts).strip():
            self._line = self.getpos()[0] + data[: len(data) - len(data.lstrip())].count("\n")
        self._texts.append(data)

    def close(self) -> None:
        super().close()
        self._end_block()

    def _ends_a_sentence(self) -> bool:
        """Whether an element begins right after a sentence: styles set it off without a space."""
        said = "".join(self._texts[-2:])
        return len(said) > 1 and said.endswith((".", "?", "!")) and not said[-2].isspace()

    def _term(self, tag: str, given: dict[str, str]) -> None:
        file, _, anchor = given.get("href", "").partition("#")
        if tag == "a" and file == "definitions.html" and anchor:
            self._terms.append(anchor)

    def _note(self, text: str) -> None:
        found = [self.expressions[int(number)] for number in _NUMBERED.findall(text)]
        for each in self._open:
            each.expressions += found

    def _end_block(self) -> None:
        raw, self._texts = "".join(self._texts), []
        terms, self._terms = tuple(self._terms), []
        self._note(raw)
        text = _SPACE.sub(" ", _NUMBERED.sub(HOLE, raw)).strip()
        if not text or not self._open:
            return
        tag, around = self._open[-1].tag, tuple(self._open)
        metric = self._metrics[-1][1] if self._metrics else ""
        self.blocks.append(Block(tag, self._line, text, around, terms, metric, self._columns))
        self._head(tag, text)

    def _head(self, tag: str, text: str) -> None:
        """Let a heading head the part that it stands in, a caption its table, a cell its row."""
        if tag in ("h1", "h2", "h3", "caption", "summary"):
            for each in reversed(self._open[:-1]):
                if each.tag in ("section", "figure", "table", "details", "li"):
                    each.heading = each.heading or text
                    break
        elif tag == "th":
            row, table = self._nearest("tr"), self._nearest("table")
            if row and self._nearest("tbody"):
                row.row.append(text)
            elif table:
                table.columns.append(text)

    def _nearest(self, tag: str) -> Part | None:
        return next((each for each in reversed(self._open) if each.tag == tag), None)
