"""Who has been erased, told by keyed hashes: no identifier is kept to recognise one by.

An identifier is hashed with HMAC-SHA-256 (RFC 2104) under a key of its own, so that neither the
pseudonyms nor a change of their key has to do with it. The same key makes the mark that takes the
place of an erased person's identifier in rows about others: a coach's people stay one cluster,
and nothing tells who the coach was.
"""

from __future__ import annotations

import datetime as dt
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.core.text_columns import distinct_texts, replaced

FOR_GOOD = dt.date.max
"""An erased person's rows are dropped whatever their date."""
MARK = "erased-"
_MARK_CHARACTERS = 16
_MOST_PIECES = 4
"""An identifier in running text may have this many pieces: DE-12.345 has three."""
_PIECE = re.compile(r"[^\W_]+")

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Erased:
    """Whose rows are dropped: the hash of each person, and the day before which.

    ``people`` has `FOR_GOOD` for who was erased, and for who left too long ago the first day
    that may be kept. ``lengths`` are the lengths of the identifiers, so that most words of a text
    needn't be hashed.
    """

    key: bytes = b""
    people: Mapping[str, dt.date] = field(default_factory=dict)
    lengths: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.people)

    def dropped_before(self, identifier: str) -> dt.date | None:
        """The day before which a person's rows are dropped; None for everybody else."""
        if len(identifier) not in self.lengths:
            return None
        return self.people.get(person_hash(self.key, identifier))

    def is_erased(self, identifier: str) -> bool:
        """Whether a person was erased for good."""
        return self.dropped_before(identifier) == FOR_GOOD

    def marked(self, text: str) -> str:
        """A mark where the text is an erased identifier, with or without blanks; else the text."""
        identifier = text.strip()
        return mark(self.key, identifier) if self.is_erased(identifier) else text

    def names(self, text: str) -> bool:
        """Whether an erased identifier stands in a text that belongs to no other row."""
        return self.is_erased(text.strip()) or self.redacted(text, is_prose=False) != text

    @cached_property
    def _erased_lengths(self) -> frozenset[int]:
        return self.lengths if FOR_GOOD in self.people.values() else frozenset()

    def redacted(self, text: str, *, is_prose: bool) -> str:
        """The text with a mark in the place of every erased identifier in it.

        Outside prose an identifier of digits alone is left: there it is most likely a number.
        """
        if not self._erased_lengths:
            return text
        for word in sorted(set(self._words(text)), key=len, reverse=True):
            if (is_prose or is_unmistakable(word)) and self.is_erased(word):
                text = re.sub(bounded(word), mark(self.key, word), text)
        return text

    def _words(self, text: str) -> Iterator[str]:
        """Everything in a text that may be an identifier, by its length."""
        pieces = [match.span() for match in _PIECE.finditer(text)]
        for first, (start, _) in enumerate(pieces):
            for _, end in pieces[first : first + _MOST_PIECES]:
                if end - start in self._erased_lengths:
                    yield text[start:end]


NOBODY = Erased()


def bounded(identifier: str) -> str:
    """A pattern that finds an identifier, but not within a longer word."""
    return rf"(?<![^\W_]){re.escape(identifier)}(?![^\W_])"


def is_unmistakable(identifier: str) -> bool:
    """Whether an identifier can't be an ordinary number: it has a letter."""
    return any(character.isalpha() for character in identifier)


def person_hash(key: bytes, identifier: str) -> str:
    """What is kept of an erased person: 64 hexadecimal digits."""
    return hmac.digest(key, b"person\0" + identifier.encode(), "sha256").hex()


def mark(key: bytes, identifier: str) -> str:
    """Return the mark that replaces an erased identifier in rows about others."""
    return (
        MARK + hmac.digest(key, b"mark\0" + identifier.encode(), "sha256").hex()[:_MARK_CHARACTERS]
    )


def dropped(erased: Erased, identifiers: pa.ChunkedArray, days: pa.Array | None = None) -> Flags:
    """Tell which rows are dropped for whom they are about.

    ``identifiers`` has a text per row; ``days`` a date per row, NULL where it can't be read; left
    out, only erased people count. A row without a date is as old as any.
    """
    codes, texts = distinct_texts(identifiers)
    limits = [erased.dropped_before(text.strip()) if text else None for text in texts.to_pylist()]
    if days is None:
        return np.array([limit == FOR_GOOD for limit in limits], dtype=bool)[codes]
    before = np.array(limits, dtype="datetime64[D]")[codes]
    of_row = np.asarray(days.cast(pa.date32())).astype("datetime64[D]")
    is_older: Flags = ~np.isnat(before) & (np.isnat(of_row) | (of_row < before))
    return is_older


def marked(erased: Erased, column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """A column of identifiers with marks for erased people; None where there is nobody."""
    return replaced(column, lambda text: erased.marked(text))


def redacted(
    erased: Erased, column: pa.ChunkedArray, *, is_prose: bool = False
) -> pa.ChunkedArray | None:
    """A column of text with marks for erased identifiers; None where it names nobody."""
    return replaced(column, lambda text: erased.redacted(text, is_prose=is_prose))


def redacted_objects(erased: Erased, column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """A column of JSON objects with marks for erased identifiers; None where it names nobody."""
    return replaced(column, lambda text: _redacted_object(erased, text))


def names_people(column_name: str) -> bool:
    """Whether an unknown column seems to hold identifiers, by its name: mentor_id, DeputyID."""
    return column_name.lower().endswith("id")


def _redacted_object(erased: Erased, text: str) -> str:
    content = json.loads(text)
    changed = {
        name: erased.marked(value) if names_people(name) else erased.redacted(value, is_prose=False)
        for name, value in content.items()
        if isinstance(value, str)
    }
    if all(content[name] == value for name, value in changed.items()):
        return text
    return json.dumps({**content, **changed}, ensure_ascii=False, separators=(",", ":"))
