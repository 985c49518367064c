"""Words copied from a card of a page, or its head and a number -> the block that has the number.

A card is a tile or an item whose head and figures are blocks of their own. What stands between the
asked words in it (the unit, the verdict, line breaks) may be left out; their order may not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipelines.lineage.page_text import Block, Part

_TOKEN = re.compile(r"(?<![\w.,:])[-+\N{MINUS SIGN}]?\d+(?:[.,:]\d+)*|\w+")


class InCard(NamedTuple):
    """A block by its number, and the part of its text with the asked words."""

    number: int
    start: int
    end: int


class _Said(NamedTuple):
    """A word or a number with its sign, where it stands in which block."""

    token: str
    number: int
    start: int
    end: int


def tokens(text: str) -> list[str]:
    """Return the words of a text and its numbers, these with their signs."""
    return [each.token for each in _said(text, 0)]


def numbers_in(text: str) -> list[str]:
    """Return the numbers of a text with their signs."""
    return [each for each in tokens(text) if each[-1].isdigit() and not each[0].isalpha()]


def in_cards(
    wanted: str, blocks: Sequence[tuple[Block, str]], *, are_rows: bool = False
) -> list[InCard]:
    """Return the blocks with the last number of some words, in cards (or rows) that have them all.

    Those come first whose card the words begin like, and of these those with least in between.
    """
    asked = tokens(wanted)
    last = max((n for n, each in enumerate(asked) if numbers_in(each)), default=0)
    if not last:
        return []
    found = []
    for numbers in _cards(blocks, are_rows):
        said = [each for n in numbers for each in _said(blocks[n][1], n)]
        is_other = bool(said) and said[0].token != asked[0]
        found += [(is_other, n_between, place) for n_between, place in _places(asked, last, said)]
    return [place for *_, place in sorted(found)]


def _cards(blocks: Sequence[tuple[Block, str]], are_rows: bool) -> Iterator[list[int]]:
    """The numbers of the blocks of each card or row, of those that have several."""
    cards: dict[int, list[int]] = {}
    for number, (block, _) in enumerate(blocks):
        if (card := block.nearest("tr") if are_rows else _card_of(block)) is not None:
            cards.setdefault(id(card), []).append(number)
    yield from (numbers for numbers in cards.values() if len(numbers) > 1)


def _card_of(block: Block) -> Part | None:
    if card := block.nearest("li"):
        return card
    return block.around[-2] if block.tag in ("dt", "dd") and len(block.around) > 1 else None


def _said(text: str, number: int) -> list[_Said]:
    return [
        _Said(each[0].lower().replace("-", "\N{MINUS SIGN}"), number, each.start(), each.end())
        for each in _TOKEN.finditer(text)
    ]


def _places(asked: Sequence[str], last: int, said: Sequence[_Said]) -> Iterator[tuple[int, InCard]]:
    """Where the last number stands after all that is asked before it, and before what is after.

    With how many other words stand between the first of these and the number.
    """
    for at, each in enumerate(said):
        if each.token != asked[last]:
            continue
        before = _follow(asked[:last][::-1], said[:at][::-1])
        after = _follow(asked[last + 1 :], said[at + 1 :])
        if before is not None and after is not None:
            own = [each, *(one for one in after if one.number == each.number)]
            yield (
                said.index(each, at) - said.index(before[-1]) - len(before),
                InCard(each.number, own[0].start, own[-1].end),
            )


def _follow(asked: Sequence[str], said: Sequence[_Said]) -> list[_Said] | None:
    """Where words stand one after the other; None unless all do."""
    rest = iter(said)
    found = [next((each for each in rest if each.token == token), None) for token in asked]
    told = [each for each in found if each]
    return told if len(told) == len(asked) else None
