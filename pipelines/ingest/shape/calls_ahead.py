"""From a query that looks beyond the record to one whose calls upon single records are answered.

A query that joins, sums or ranks is run as it is; but most of its time goes into reading days,
hours and people out of texts, which is the same in every record with the same texts. Such calls
become columns of the delivery, worked out once per combination, and the query names these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import sqlglot
from sqlglot import Token, TokenType, exp
from sqlglot.errors import SqlglotError

from pipelines.core.queries import statement
from pipelines.core.sql_text import Expression
from pipelines.ingest.shape.column_inputs import DELIVERY, LINE, inputs_of_value

MADE = "_made_"
"""Begins the names of the columns that calls become."""
_OPENING = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE}
_CLOSING = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE}
_ENDS = {TokenType.UNION, TokenType.EXCEPT, TokenType.INTERSECT, TokenType.SEMICOLON}
_NO_CALL = re.compile(
    "all|and|any|as|between|by|case|cube|else|exists|filter|from|having|in|join|not|on|or|over|"
    "qualify|rollup|select|sets|some|then|using|values|when|where|within"
)
"""Words before a bracket that make no call of it."""
_NAMES_OF_ALL = {"distinct", "all", "columns", "natural", "union", "except", "intersect"}
"""Beside a star, words with which further columns of the delivery might change what is given."""


@dataclass(frozen=True)
class AnsweredAhead:
    """The query with calls replaced, and the call that each made column stands for."""

    query: str
    calls: dict[str, str]

    @property
    def query_of_calls(self) -> str:
        """The query that works the calls out."""
        made = ", ".join(f'{call} as "{name}"' for name, call in self.calls.items())
        calls = Expression(made)
        return statement("loading/answered_calls", calls=calls, line=[LINE], delivery=DELIVERY)


@lru_cache
def answered_ahead(
    query: str, columns: tuple[str, ...], not_row_wise: frozenset[str]
) -> AnsweredAhead | None:
    """Replace the calls that hang on nothing but one record; None where there is none for sure."""
    try:
        tokens = sqlglot.tokenize(query, dialect="duckdb")
    except SqlglotError:
        return None
    words = {token.text.lower() for token in tokens if token.token_type != TokenType.STRING}
    if _has_star(tokens) and words & _NAMES_OF_ALL:
        return None
    if any(name == DELIVERY for name in _defined(tokens)):
        return None
    names: dict[str, str] = {}
    pieces: list[tuple[int, int, str]] = []
    for block in _blocks(tokens):
        own = {name.lower() for name in columns} - {LINE, *_aliases(block.tokens)}
        done = -1
        for first, last in _calls(block.tokens):
            text = _bare(query, block, first, last)
            if first > done and _hangs_on_record(text, own, not_row_wise):
                name = names.setdefault(text, f"{MADE}{len(names)}")
                start, end = block.tokens[first].start, block.tokens[last].end + 1
                lines = "\n" * text.count("\n")
                pieces.append((start, end, f'"{name}"{lines}'))
                done = last
    if not pieces:
        return None
    return AnsweredAhead(_replaced(query, pieces), {name: text for text, name in names.items()})


@dataclass(frozen=True)
class _Block:
    """The tokens of one select that reads the delivery, and how it calls it."""

    tokens: list[Token]
    alias: str


def _has_star(tokens: list[Token]) -> bool:
    """Whether a select names all columns; ``count(*)`` and a product don't."""
    before = [None, *(token.token_type for token in tokens)]
    starts = {TokenType.SELECT, TokenType.COMMA, TokenType.DOT, TokenType.DISTINCT}
    return any(
        token.token_type == TokenType.STAR and earlier in starts
        for token, earlier in zip(tokens, before, strict=False)
    )


def _defined(tokens: list[Token]) -> Iterator[str]:
    """The names of common table expressions."""
    for name, word, mark in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if word.token_type == TokenType.ALIAS and mark.token_type == TokenType.L_PAREN:
            yield name.text.lower()


def _aliases(tokens: list[Token]) -> set[str]:
    """What columns and tables are called in a select; such a name may not be the delivery's."""
    return {
        name.text.lower() for word, name in pairwise(tokens) if word.token_type == TokenType.ALIAS
    }


def _blocks(tokens: list[Token]) -> Iterator[_Block]:
    """The selects whose first table is the delivery, without what stands within further ones."""
    for first, token in enumerate(tokens):
        if token.token_type != TokenType.SELECT:
            continue
        block = list(_own_tokens(tokens, first))
        kinds = [each.token_type for each in block]
        if TokenType.FROM not in kinds:
            continue
        table = kinds.index(TokenType.FROM) + 1
        if table >= len(block) or block[table].text.lower() != DELIVERY:
            continue
        after = block[table + 1 : table + 3]
        if after and after[0].token_type == TokenType.ALIAS:
            after = after[1:]
        is_named = bool(after) and after[0].token_type in (TokenType.VAR, TokenType.IDENTIFIER)
        yield _Block(block, after[0].text.lower() if is_named else DELIVERY)


def _own_tokens(tokens: list[Token], first: int) -> Iterator[Token]:
    """A select's tokens from its word on; those of selects within it are passed over."""
    depth, skipped_from = 0, None
    for place in range(first, len(tokens)):
        token = tokens[place]
        if token.token_type in _CLOSING:
            depth -= 1
            if depth < 0:
                return
            if skipped_from is not None and depth < skipped_from:
                skipped_from = None
        if depth == 0 and token.token_type in _ENDS:
            return
        if place > first and token.token_type == TokenType.SELECT and skipped_from is None:
            skipped_from = depth
        if skipped_from is None:
            yield token
        if token.token_type in _OPENING:
            depth += 1


def _calls(tokens: list[Token]) -> Iterator[tuple[int, int]]:
    """Where calls begin and end, whole ones before those in them."""
    for first in range(len(tokens) - 1):
        word = tokens[first].text.lower()
        is_call = (
            tokens[first + 1].token_type == TokenType.L_PAREN
            and word.isidentifier()
            and not _NO_CALL.fullmatch(word)
            and (not first or tokens[first - 1].token_type != TokenType.DOT)
        )
        last = _closing(tokens, first + 1) if is_call else None
        if last is not None:
            yield first, last


def _closing(tokens: list[Token], opening: int) -> int | None:
    depth = 0
    for place in range(opening, len(tokens)):
        depth += tokens[place].token_type in _OPENING
        depth -= tokens[place].token_type in _CLOSING
        if not depth:
            return place
    return None


def _bare(query: str, block: _Block, first: int, last: int) -> str:
    """The text of a call with the delivery's columns named by themselves."""
    tokens = block.tokens
    start, pieces = tokens[first].start, []
    for place in range(first, last):
        is_ours = tokens[place].text.lower() == block.alias
        if is_ours and tokens[place + 1].token_type == TokenType.DOT:
            pieces.append((tokens[place].start - start, tokens[place + 1].end + 1 - start, ""))
    return _replaced(query[start : tokens[last].end + 1], pieces)


def _hangs_on_record(text: str, own: set[str], not_row_wise: frozenset[str]) -> bool:
    """Whether a text is an expression over some of the delivery's columns and nothing else."""
    try:
        (parsed,) = sqlglot.parse(text, dialect="duckdb")
    except (SqlglotError, ValueError):
        return False
    if not isinstance(parsed, exp.Expression) or any(
        column.table for column in parsed.find_all(exp.Column)
    ):
        return False
    inputs = inputs_of_value(parsed, own, not_row_wise)
    return bool(inputs)


def _replaced(text: str, pieces: list[tuple[int, int, str]]) -> str:
    """The text with pieces in the place of others."""
    made: list[str] = []
    done = 0
    for start, end, piece in sorted(pieces):
        made += [text[done:start], piece]
        done = end
    return "".join([*made, text[done:]])
