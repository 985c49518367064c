"""From a recipe's query and some records to the casts in it by which values get lost untold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import sqlglot
from sqlglot import Token, TokenType
from sqlglot.errors import SqlglotError

from pipelines.core.sql_text import literal
from pipelines.core.warehouse import DatabaseError, Relation

LOOKED_AT = 20_000
"""So many records of a delivery are tried: what is lost in one file is mostly lost in its first."""
SHOWN_CASTS = 3
_LOST = re.compile(r"_lost_in_cast_(\d+)_")
_KEEPING = ("coalesce", "ifnull")
"""What is given in the place of a value that can't be cast is up to the query."""


@dataclass(frozen=True)
class _Cast:
    """A ``try_cast(said as kind)``: where it stands in the query, and what it casts."""

    start: int
    end: int
    line: int
    said: str


def lost_in_casts(query: str, made: Callable[[str], Relation], line_above: int) -> list[str]:
    """Say which casts of the query make a filled value empty, by running it with alarms in them."""
    casts, lost = _unguarded(query), list[int]()
    while len(lost) < min(len(casts), SHOWN_CASTS):
        found = _first_lost(query, casts, lost, made)
        if found is None:
            break
        lost.append(found)
    return [
        f"line {casts[number].line + line_above} has a try_cast that leaves filled values empty "
        "without a word; keep what it can't read: coalesce(cast(try_cast(…) as varchar), '? ' || …)"
        for number in sorted(lost)
    ]


def _first_lost(
    query: str, casts: tuple[_Cast, ...], known: list[int], made: Callable[[str], Relation]
) -> int | None:
    """The number of a cast that loses something; None where none does, or nobody can tell."""
    text = query
    for number, cast in reversed([*enumerate(casts)]):
        if number not in known:
            alarm = f"error({literal(f'_lost_in_cast_{number}_')})"
            plain = query[cast.start : cast.end]
            guarded = f"coalesce({plain}, case when ({cast.said}) is not null then {alarm} end)"
            text = text[: cast.start] + guarded + text[cast.end :]
    try:
        made(text).to_arrow_table()
    except DatabaseError as error:
        found = _LOST.search(str(error))
        return int(found[1]) if found else None
    return None


@lru_cache
def _unguarded(query: str) -> tuple[_Cast, ...]:
    """The casts whose failure the query doesn't look at: in no coalesce, test or condition."""
    try:
        return tuple(_found(query, sqlglot.tokenize(query, dialect="duckdb")))
    except SqlglotError:
        return ()


def _found(query: str, tokens: list[Token]) -> Iterator[_Cast]:
    within: list[bool] = []
    in_condition, done = 0, -1
    for place, token in enumerate(tokens):
        kind, before = token.token_type, tokens[place - 1].text.lower() if place else ""
        if kind == TokenType.L_PAREN:
            within.append(before in _KEEPING or bool(within and within[-1]))
        elif kind == TokenType.R_PAREN and within:
            within.pop()
        in_condition += (kind == TokenType.WHEN) - (kind == TokenType.THEN)
        is_kept = bool(within and within[-1]) or in_condition > 0 or place < done
        if token.text.lower() != "try_cast" or is_kept:
            continue
        last, mark = _borders(tokens, place + 1)
        if last is None or mark is None:
            continue
        done = last
        is_tested = last + 1 < len(tokens) and tokens[last + 1].token_type == TokenType.IS
        if not is_tested:
            said = query[tokens[place + 2].start : tokens[mark].start].strip()
            yield _Cast(token.start, tokens[last].end + 1, token.line, said)


def _borders(tokens: list[Token], opening: int) -> tuple[int | None, int | None]:
    """Where a cast's bracket closes, and where the ``as`` before its type stands."""
    depth, mark = 0, None
    for place in range(opening, len(tokens)):
        kind = tokens[place].token_type
        depth += (kind == TokenType.L_PAREN) - (kind == TokenType.R_PAREN)
        if kind == TokenType.ALIAS and depth == 1:
            mark = place
        if not depth:
            return place, mark
    return None, mark
