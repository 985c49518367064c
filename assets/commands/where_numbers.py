"""The numbers in asked words -> of each what it is from, or the command that follows it alone.

No number that was asked for is passed over: it is a figure that is told, the key of its row, in the
words themselves, it has a command of its own, or it is said that it isn't followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from assets.commands.where_behind import Behind, words_of
from assets.commands.where_held import Held, keys_of, seen_in, short, traces_of
from assets.commands.where_known import query_lines
from assets.commands.where_on_pages import Spot
from assets.commands.where_places import part_command
from pipelines.core.workspace import Workspace
from pipelines.lineage.marked_values import Writing

_LONGEST, _MOST, _MOST_TABLES = 100, 12, 4
_OF_REASONS = ("outcomes.claim",)
"""What their texts tell is told of the estimates (`where_reasons`)."""
_NUMBER = re.compile(r"(?:(?<!\w)[+\N{MINUS SIGN}])?(?:\d[\d,.]*\d|\d)")
_SENTENCE_ENDS = re.compile(r"[.;?!] ")
_CLAUSE_ENDS = re.compile(r"[:,] (?=[^\W\d])")


def held_lines(spot: Spot, held: Held, found: Behind, *, is_first: bool) -> Iterator[str]:
    """Say which figures a table holds, with the query that shows them."""
    figures = held.told
    rows = f"{len(held.rows)} {'row' if len(held.rows) == 1 else 'rows'}"
    further = f" of {len(held.rows) + held.n_further}" if held.n_further else ""
    where = f"in {rows}{further}"
    name = held.table.full_name
    if found.asked:
        yield f"holds it       {name}: {figures} {where}"
        if held.counted_by:
            yield f"counted by     {held.counted_by}"
        yield from _in_its_text(spot, held)
        yield from _asked_beside(spot, held, found) if is_first else ()
    elif found.bare and is_first:
        keys = keys_of(found.bare, found.said, held)
        if told := _in_columns(keys):
            yield f"holds it       {name}: {told} {where}, the key of its figures"
        traces = traces_of([each for each in found.bare if each not in keys], spot.text, held)
        if traces:
            yield f"rounds to 0    {name}: {_in_columns(traces)} {where}"
        keys |= traces
        others = [each for each in found.bare if each not in keys]
        seen = {n: " or ".join(own) for n, own in seen_in(others, spot.text, held).items()}
        if told := _in_columns(seen):
            yield f"may hold it    {name}: {told} in the {rows}{further} of the figures beside it"
        rest = [each for each in found.plain if each not in (*keys, *seen)]
        yield from _in_words(rest, found)
        if any(each not in found.set_at for each in rest):
            yield f"beside it      {name}: {short(figures)} {where}"
    else:
        yield f"figures there  {name}: {short(figures)} {where}"
        yield from _in_words(found.plain, found)
    if not is_only_beside(spot, held, found):
        yield from query_lines(held.query)


def is_only_beside(spot: Spot, held: Held, found: Behind) -> bool:
    """Whether rows are those of figures beside the asked numbers, and have none of these."""
    if found.asked or not found.bare:
        return False
    return not (
        keys_of(found.bare, found.said, held)
        or traces_of(found.bare, spot.text, held)
        or seen_in(found.bare, spot.text, held)
    )


def numbers_alone(found: Behind) -> Iterator[str]:
    """Say of the numbers in words whose figures no table holds where they are set."""
    yield from _in_words(found.plain, found)


def _asked_beside(spot: Spot, held: Held, found: Behind) -> Iterator[str]:
    """The asked numbers beside the figures: in the words, else in the key of the row."""
    loose = [each for each in found.plain if each not in found.set_at]
    keys = {**_of_head(found.head, held), **keys_of(loose, spot.text, held)}
    traces = traces_of(loose, found.said, held)
    if keys:
        yield f"its key        {_in_columns(keys)}"
    if traces:
        yield f"rounds to 0    {_in_columns(traces)}"
    told = {*keys, *traces}
    yield from _in_words([each for each in found.plain if each not in told], found)


def with_its_text(spot: Spot, held: Held) -> Held:
    """Return the rows with the numbers in a text of theirs that other columns have, as figures."""
    numbers = _numbers_in_texts(spot, held)
    seen = seen_in(numbers, spot.text, held) if numbers else {}
    return replace(held, figures={**held.figures, **{n: tuple(own) for n, own in seen.items()}})


def _in_its_text(spot: Spot, held: Held) -> Iterator[str]:
    """The other numbers in a text of a table: code set them there before it was written."""
    if rest := [each for each in _numbers_in_texts(spot, held) if each not in held.figures]:
        text = next(each for each in held.figures if rest[0] in each)
        by = next((str(each) for each in words_of(spot, text)), "what computes it, below")
        yield f"in its text    {', '.join(rest)}: set there by {by}"


def _numbers_in_texts(spot: Spot, held: Held) -> list[str]:
    """The asked numbers in texts of a table, but those that are told of a claim's estimates."""
    texts = [each for each in held.figures if any(sign.isalpha() for sign in each)]
    if held.table.full_name in _OF_REASONS:
        return []
    every = {each for text in texts for each in _NUMBER.findall(text)}
    return [each for each in dict.fromkeys(_NUMBER.findall(spot.text)) if each in every]


def _of_head(head: str, held: Held) -> dict[str, str]:
    """The column of the key that the numbers of a row's head are from, if it is one for all."""
    numbers = [each.lstrip("+\N{MINUS SIGN}") for each in _NUMBER.findall(head)]
    keys = keys_of(numbers, head, held)
    return keys if len({*keys.values()}) == 1 and {*keys} == {*numbers} else {}


def _in_words(numbers: Sequence[str], found: Behind) -> Iterator[str]:
    set_at: dict[str, list[str]] = {}
    for number in numbers:
        if number in found.set_at:
            set_at.setdefault(str(found.set_at[number]), []).append(number)
    for place, told in set_at.items():
        yield f"in the words   {', '.join(told)}: {place}"
    if rest := [each for each in numbers if each not in found.set_at]:
        writers = [w.written_by[0] for w in found.asked if w.written_by]
        by = next(iter((*found.writer[:1], *writers)), "what is named above")
        yield f"not followed   {', '.join(rest)}: from no table; counted, or set, in {by}"


def _in_columns(columns: dict[str, str]) -> str:
    return ", ".join(f"{number} ({column})" for number, column in columns.items())


def followed_alone(
    spot: Spot, found: Behind, told: Sequence[Held], workspace: Workspace
) -> Iterator[str]:
    """Name the asked figures that the tables told don't hold, and the commands that follow them."""
    rest = [each for each in found.asked_at if not _is_told(each[2], told)]
    if not rest:
        return
    clauses: dict[tuple[int, int], list[str]] = {}
    for start, end, writing in rest:
        clauses.setdefault(_clause(spot, start, end), []).append(writing.text)
    yield f"not told here  {len(rest)} further, which are followed by"
    for (start, end), texts in list(clauses.items())[:_MOST]:
        yield f"  {', '.join(texts)}"
        yield f"    {part_command(replace(spot, start=start, end=end), workspace)}"
    if others := [text for each in list(clauses.values())[_MOST:] for text in each]:
        yield f"  {', '.join(others)}: by the words around each, asked alone"


def told_together(held: Sequence[Held], found: Behind) -> list[Held]:
    """Return the first tables; of figures near the first alone."""
    return list(held[: _MOST_TABLES if found.asked else 1])


def _is_told(writing: Writing, told: Sequence[Held]) -> bool:
    """Whether what a figure is from is told: rows of these tables, or a place."""
    return all(
        origin.row < 0
        or any(each.table.full_name == origin.name and origin.row in each.numbers for each in told)
        for origin in writing.origins
    )


def _clause(spot: Spot, start: int, end: int) -> tuple[int, int]:
    """Where the sentence around a figure begins and ends; of a long one its part of the list."""
    text, found = spot.block.text, (spot.start, spot.end)
    for ends in (_SENTENCE_ENDS, _CLAUSE_ENDS):
        before = [each.end() for each in ends.finditer(text, *found) if each.end() <= start]
        after = ends.search(text, end, found[1])
        found = max([found[0], *before]), after.start() if after else found[1]
        if found[1] - found[0] <= _LONGEST:
            break
    return found
