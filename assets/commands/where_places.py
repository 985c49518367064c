"""Several places of words -> one to tell first, and the commands that ask for the others."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

from assets.commands.where_behind import figures_of
from assets.commands.where_on_pages import Spot, spots_of
from pipelines.core.workspace import Workspace

_MOST, _MOST_BARE, _LONGEST, _SHORT = 12, 6, 60, 30
_WORDS_AROUND = (2, 5, 9)
_NARROW = "with the head of its row, or words beside it, it is that; below the likeliest"


def in_order(spots: Sequence[Spot], workspace: Workspace) -> list[Spot]:
    """Of a page's places of a number those first where it is a figure of a table, as a whole.

    What is read at once comes before the cells of tables that have to be opened.
    """
    page = [each for each in spots if each.file == spots[0].file] if spots else []
    if len(page) < 2 or not page[0].is_number:
        return list(spots)

    def unlikely(spot: Spot) -> tuple[bool, bool]:
        asked = figures_of(spot, workspace)
        is_figure = any(w.text == spot.text and w.origins[0].row >= 0 for w in asked)
        return not is_figure, spot.block.nearest("details") is not None

    return [*sorted(page, key=unlikely), *spots[len(page) :]]


def others_of(spots: Sequence[Spot], words: str, workspace: Workspace) -> Iterator[str]:
    """Say that words stand in several places, and how to ask for one of the others.

    What a drawing says, too, of what is read beside it is no other place, nor is one with the same
    figures of the same rows, but words in another part.
    """
    first = spots[0]
    others = [each for each in spots[1:] if each.block.is_seen or not first.block.is_seen]
    own = _origins(first, workspace)
    others = [
        each
        for each in others
        if not own or _origins(each, workspace) != own or _is_apart(each, first)
    ]
    near = [each for each in others if each.file == first.file]
    rest = near or others
    if not rest:
        return
    where = f"of {first.file}" if near else "of several pages"
    how = f"{_NARROW}, or ask" if first.is_number else "for another than below ask"
    yield f"{_short(words)!r} stands in {len(rest) + 1} places {where}; {how}"
    most = _MOST_BARE if first.is_number else _MOST
    for each in rest[:most]:
        yield f"  {_figure(each, workspace)}"
        yield f"    {command_of(each, words, workspace)}"
    if len(rest) > most:
        yield f"  and {len(rest) - most} more: add the head of its row, or more of its sentence"


def _is_apart(spot: Spot, other: Spot) -> bool:
    """Whether words stand in another part of the page, which may be written by other lines."""
    return not spot.is_number and spot.address != other.address


def _origins(spot: Spot, workspace: Workspace) -> tuple[object, ...]:
    """The words, and what the figures in them are from; nothing where that isn't known of any."""
    origins = [each.origins for each in figures_of(spot, workspace)]
    return (spot.text, *origins) if origins else ()


def command_of(spot: Spot, words: str, workspace: Workspace) -> str:
    """Return the command that asks for one place: with its part, its row, or more of its words.

    Where none of these leads to it alone, it is the one that tells of all.
    """
    every = ""
    for asked in _askings(spot, words):
        found = spots_of(asked, workspace, spot.address, is_there_only=True)
        if found and _is_same(in_order(found, workspace)[0], spot):
            break
    else:
        asked, every = words, " all=1"
    return f"{_command(asked, spot)}{every}"


def part_command(spot: Spot, workspace: Workspace) -> str:
    """Return the command that asks for a part of a block, with all that is told where none does."""
    found = spots_of(spot.text, workspace, spot.address, is_there_only=True)
    is_it = found and _is_same(found[0], spot) and found[0].start == spot.start
    return _command(spot.text, spot) + ("" if is_it else " all=1")


def _command(asked: str, spot: Spot) -> str:
    where = shlex.quote(spot.address)
    return f"make where metric={shlex.quote(asked.replace('$', '$$'))} page={where}"


def _askings(spot: Spot, words: str) -> Iterator[str]:
    """What may be asked for a place, the shortest first."""
    yield words
    text = spot.block.text
    if row := spot.block.nearest("tr"):
        yield from (f"{head} {text}" for head in row.row)
        yield " ".join([*row.row, text])
        yield " ".join([*spot.block.beside[: len(row.row) + 1], text])
        at = row.cells.index(text)
        yield from (" ".join([*row.cells[:n], text]) for n in dict.fromkeys((min(1, at), at)))
        yield " ".join(row.cells)
    else:
        yield from (" ".join([*spot.block.beside[:n], text]) for n in (1, 2))
    before, after = text[: spot.start].split(), text[spot.end :].split()
    own = text[spot.start : spot.end]
    glued = (
        not text[: spot.start].endswith(" ") and bool(before),
        not text[spot.end :].startswith(" "),
    )
    for n in _WORDS_AROUND:
        head, tail = " ".join(before[-n:]), " ".join(after[:n])
        yield f"{head}{'' if glued[0] else ' '}{own}{'' if glued[1] else ' '}{tail}".strip()
    yield text


def _is_same(one: Spot, other: Spot) -> bool:
    return (one.file, one.number) == (other.file, other.number)


def _figure(spot: Spot, workspace: Workspace) -> str:
    """What heads a place, and the column of a table that its figure is from."""
    heads = " | ".join(_short(each) for each in spot.block.beside[:2])
    asked = figures_of(spot, workspace) if len(spot.text) <= _SHORT else ()
    columns = sorted(
        {f"{e.name}.{e.column}".rstrip(".") for w in asked for e in w.origins if e.row >= 0}
    )
    return ", ".join(each for each in (heads or spot.address, *columns) if each)


def _short(text: str) -> str:
    text = re.sub(r"\s+", " ", text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
