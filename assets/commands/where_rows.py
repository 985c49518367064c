"""Places of words in one row of a table -> the row as a whole: what its asked cells are from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from assets.commands.where_behind import Behind, behind
from assets.commands.where_on_pages import Spot, page_blocks
from pipelines.core.workspace import Workspace
from pipelines.lineage.words import has_words, plain

_NUMBER = re.compile(r"\d[\d,.]*\d|\d")


def cells_of_a_row(spots: Sequence[Spot], words: str) -> list[Spot]:
    """Return the first place with the other cells of its row that the words have one after another.

    Only the first, where the words are no row.
    """
    first = spots[0]
    row = first.block.nearest("tr")
    cells = [each for each in spots if row is not None and each.block.nearest("tr") is row]
    in_order = sorted(cells, key=lambda each: each.number)
    return in_order if len(cells) > 1 and _follow(in_order, plain(words)) else [first]


def _follow(cells: Sequence[Spot], said: str) -> bool:
    """Whether words have the texts of all cells, one after the other."""
    for each in cells:
        found = has_words(said, plain(each.block.text))
        if not found:
            return False
        said = said[found.end() :]
    return True


def behind_cells(cells: Sequence[Spot], workspace: Workspace) -> Behind:
    """Return what is behind all cells of a row, as if they were one text."""
    figures = [each for each in cells if _NUMBER.search(each.text)]
    figures = figures or [_head_of(cells[0], workspace) or cells[0]]
    found = [behind(each, workspace) for each in figures]
    whole = reduce(_joined, found)
    row = cells[0].block.nearest("tr")
    if len(cells) < 2 or row is None:
        return whole
    return replace(whole, head=" ".join(row.row))


def _head_of(cell: Spot, workspace: Workspace) -> Spot | None:
    """The head of the row that a cell without a figure stands in."""
    row = cell.block.nearest("tr") if cell.block.tag == "td" else None
    blocks = page_blocks(workspace.published_site / cell.file) if row else ()
    return next(
        (
            Spot(cell.file, number, block, 0, len(block.text))
            for number, (block, _) in enumerate(blocks)
            if block.tag == "th" and block.nearest("tr") is row and _NUMBER.search(block.text)
        ),
        None,
    )


def _joined(one: Behind, other: Behind) -> Behind:
    return replace(
        one,
        asked=tuple(dict.fromkeys((*one.asked, *other.asked))),
        said=f"{one.said} {other.said}",
        plain=tuple(dict.fromkeys((*one.plain, *other.plain))),
        bare=tuple(dict.fromkeys((*one.bare, *other.bare))),
        set_at={**other.set_at, **one.set_at},
        files=tuple(dict.fromkeys((*one.files, *other.files))),
        sites=one.sites or other.sites,
        writer=one.writer or other.writer,
    )
