"""From a column's distinct texts to what a query says of each; what was asked before isn't again.

The files of a folder say the same texts over and over: people, lengths, kinds. Of a day's file only
the day is new, and asking the database takes longer than reading the file.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

MOST_KNOWN = 100_000
"""Texts that are kept per query."""


class KnownTexts:
    """Answers by query; a row per text, which hangs on nothing but that text."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[pa.Array, pa.Table]] = {}

    def answers(self, query: str, texts: pa.Array, ask: Callable[[pa.Array], pa.Table]) -> pa.Table:
        """A row for each text, in their order; ``ask`` gives those of texts that aren't known."""
        if query not in self._known:
            found = ask(texts)
            self._keep(query, texts, found)
            return found
        before, answers = self._known[query]
        place = pc.index_in(texts, value_set=before)
        if not place.null_count:
            return answers.take(place)
        new = texts.filter(place.is_null())
        known = pa.concat_arrays([before, new])
        answers = pa.concat_tables([answers, ask(new)]).combine_chunks()
        self._keep(query, known, answers)
        return answers.take(pc.index_in(texts, value_set=known))

    def _keep(self, query: str, texts: pa.Array, answers: pa.Table) -> None:
        if len(texts) <= MOST_KNOWN:
            self._known[query] = texts, answers
        else:
            self._known.pop(query, None)
