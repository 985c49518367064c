"""From a query and a large delivery to its rows, each column worked out once per combination.

A column that is made of two columns of the delivery is asked for one record of every combination
of their texts, not for every record; the answers are given to the records by their codes, which is
also how everything after this wants them. Nobody can tell by the rows how they were made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.core.sql_text import identifier
from pipelines.core.text_columns import distinct_texts, in_one_piece
from pipelines.core.versions import PROJECT
from pipelines.core.warehouse import Connection, Relation
from pipelines.ingest.shape.calls_ahead import answered_ahead
from pipelines.ingest.shape.column_inputs import DELIVERY, LINE, Inputs, column_inputs

Numbers = npt.NDArray[np.integer]
FEWEST_ROWS = 20_000
"""Smaller deliveries are run record by record: asking several times costs more than it saves."""
LARGEST_SHARE = 0.5
"""Of the records that are examples of a combination: with more, all may as well be asked."""
NOT_ROW_WISE = PROJECT / "sql" / "shape" / "not_row_wise.sql"
_FEWEST_KNOWN, _MOST_KNOWN = 1_000, 1_000_000
"""Answers worth remembering for the next file, and how many at most."""
_COUNTED = 1 << 22
"""So many combinations are told apart by counting them; more by looking for equal ones."""


def as_text(name: str, kind: str) -> str:
    """A column of a query in the form in which rows are taken: text, and whole numbers of lines."""
    if name == LINE and kind.endswith("[]"):
        return identifier(name)
    wanted = "bigint" if name == LINE else "varchar"
    return f"cast({identifier(name)} as {wanted}) as {identifier(name)}"


def is_small(records: pa.Table) -> bool:
    """Whether a delivery is run record by record, whatever the query."""
    return int(records.num_rows) < FEWEST_ROWS


@dataclass
class Known:
    """What was answered for earlier files of a feed: by column and names, texts and answers.

    People are the same in every file; days aren't. It holds as long as the lookups do.
    """

    answers: dict[tuple[str, ...], tuple[pa.Array, pa.Table]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Group:
    """Columns of the query that are made of the same columns of the delivery.

    ``codes`` says which combination each record has, ``some`` has a record of each; ``place`` where
    its answers stand among those known, NULL where it has to be asked.
    """

    names: tuple[str, ...]
    codes: Numbers
    some: Numbers
    texts: pa.Array | None
    key: tuple[str, ...]
    before: pa.Table | None
    place: pa.Array

    @property
    def asked(self) -> Numbers:
        """The records to ask."""
        return np.compress(self._is_new, self.some)

    @property
    def _is_new(self) -> npt.NDArray[np.bool_]:
        """Which combinations weren't known."""
        flags: npt.NDArray[np.bool_] = pc.is_null(self.place).to_numpy(zero_copy_only=False)
        return flags

    def completed(self, answers: pa.Table, known: Known) -> dict[str, pa.Array]:
        """The columns for every record, of what was known and what was answered now."""
        ours = answers.select(self.names)
        n_before = self.before.num_rows if self.before is not None else 0
        found = ours if self.before is None else pa.concat_tables([self.before, ours])
        is_new = self._is_new
        place = pc.fill_null(self.place, -1).to_numpy().astype(np.int64)
        place[is_new] = n_before + np.arange(int(is_new.sum()))
        if self.texts is not None and found.num_rows <= _MOST_KNOWN:
            texts = [self.texts.filter(pa.array(is_new))]
            earlier = known.answers.get(self.key)
            all_texts = pa.concat_arrays([earlier[0], *texts] if earlier else texts)
            if len(all_texts) == found.num_rows:
                known.answers[self.key] = (all_texts, found)
        of_each, codes = pa.array(place), pa.array(self.codes)
        return {name: _spread(found.column(name), of_each, codes) for name in self.names}


def by_distinct_inputs(
    con: Connection,
    query: str,
    made: Callable[[], Relation],
    names: Sequence[str],
    records: pa.Table,
    known: Known,
) -> pa.Table | None:
    """The query's rows in the records' order; None where it has to be run record by record.

    ``made`` gives the query's relation over what stands under the name `DELIVERY` then, ``names``
    its columns.
    """
    if is_small(records):
        return None
    inputs = column_inputs(query, tuple(records.column_names), not_row_wise())
    if inputs is None or [name.lower() for name in names] != [*inputs]:
        return None
    return by_combination(con, made, names, records, known, inputs, as_text)


def with_answers(
    con: Connection,
    query: str,
    made: Callable[[str], Relation],
    records: pa.Table,
    known: Known,
) -> tuple[str, pa.Table] | None:
    """The query, and the records with what its calls upon single records give as columns.

    None where it has none that are worth it.
    """
    if is_small(records):
        return None
    ahead = answered_ahead(query, tuple(records.column_names), not_row_wise())
    if ahead is None:
        return None
    calls = ahead.query_of_calls
    inputs = column_inputs(calls, tuple(records.column_names), not_row_wise())
    if inputs is None:
        return None
    con.register(DELIVERY, records)
    names = made(calls).columns
    answers = by_combination(con, lambda: made(calls), names, records, known, inputs, _as_it_is)
    if answers is None:
        return None
    for name in ahead.calls:
        records = records.append_column(name, answers.column(name))
    return ahead.query, records


def _as_it_is(name: str, _kind: str) -> str:
    return identifier(name)


def by_combination(
    con: Connection,
    made: Callable[[], Relation],
    names: Sequence[str],
    records: pa.Table,
    known: Known,
    inputs: Inputs,
    form: Callable[[str, str], str],
) -> pa.Table | None:
    """The rows of a query that says the same of every record; None where it isn't worth it."""
    made_of: dict[frozenset[str], list[str]] = {}
    for name in names:
        if name != LINE:
            made_of.setdefault(inputs[name.lower()], []).append(name)
    groups = [_group(records, each, tuple(ours), known) for each, ours in made_of.items()]
    examples = np.concatenate([each.asked for each in groups])
    if len(examples) > records.num_rows * LARGEST_SHARE:
        return None
    answers = _answers(con, made, [form(name, "") for name in names], records, examples)
    if answers is None:
        return None
    columns, start = {LINE: records.column(LINE)}, 0
    for each in groups:
        n_asked = len(each.asked)
        columns |= each.completed(answers.slice(start, n_asked), known)
        start += n_asked
    return pa.table({name: columns[name] for name in names})


def _group(
    records: pa.Table, of_delivery: frozenset[str], names: tuple[str, ...], known: Known
) -> _Group:
    codes, some = combinations(records, of_delivery)
    nowhere = pa.nulls(len(some), pa.int32())
    if len(of_delivery) != 1 or len(some) < _FEWEST_KNOWN:
        return _Group(names, codes, some, None, (), None, nowhere)
    (column,) = (name for name in records.column_names if name.lower() in of_delivery)
    texts = in_one_piece(records.column(column).take(pa.array(some))).cast(pa.string())
    key = (column, *names)
    if key not in known.answers:
        return _Group(names, codes, some, texts, key, None, nowhere)
    before, answers = known.answers[key]
    return _Group(names, codes, some, texts, key, answers, pc.index_in(texts, value_set=before))


@cache
def not_row_wise() -> frozenset[str]:
    """The names of the database's functions that look beyond what they are given."""
    from pipelines.core.warehouse import open_sandbox

    with open_sandbox(memory_limit="256MB", time_zone="UTC") as con:
        found = con.execute(NOT_ROW_WISE.read_text(encoding="utf-8")).fetchall()
    return frozenset(name for (name,) in found)


def _answers(
    con: Connection,
    made: Callable[[], Relation],
    columns: Sequence[str],
    records: pa.Table,
    which: Numbers,
) -> pa.Table | None:
    """What the query makes of some records, in their order; None unless a row each."""
    once, place = np.unique(which, return_inverse=True)
    examples, numbers = records.take(pa.array(once)), pa.array(np.arange(len(once)))
    position = examples.column_names.index(LINE)
    con.register(DELIVERY, examples.set_column(position, LINE, numbers))
    found = made().project(", ".join(columns)).to_arrow_table()
    order = np.argsort(found.column(LINE).to_numpy(), kind="stable")
    if not found.column(LINE).take(pa.array(order)).combine_chunks().equals(numbers):
        return None
    return found.take(pa.array(order[place]))


def _spread(answers: pa.ChunkedArray, place: pa.Array, codes: pa.Array) -> pa.Array:
    """The answers, whose places are one per combination, for each record; NULL stays NULL.

    Texts stay in code, being the only ones that are shorter so.
    """
    whole = in_one_piece(answers)
    if not pa.types.is_string(answers.type):
        return whole.take(place).take(codes)
    coded = whole.dictionary_encode()
    indices = coded.indices.take(place).take(codes)
    return pa.DictionaryArray.from_arrays(indices, coded.dictionary)


def combinations(records: pa.Table, wanted: frozenset[str]) -> tuple[Numbers, Numbers]:
    """A code per record for its texts in some columns, and a record that has each of them."""
    codes: Numbers | None = None
    some: Numbers = np.zeros(1, dtype=np.int64)
    for name in sorted(records.column_names):
        if name.lower() in wanted:
            of_column, texts = distinct_texts(records.column(name))
            so_far = of_column if codes is None else codes.astype(np.int64) * len(texts) + of_column
            codes, some = told_apart(so_far)
    return (np.zeros(records.num_rows, dtype=np.int32) if codes is None else codes), some


def told_apart(codes: Numbers) -> tuple[Numbers, Numbers]:
    """Equal codes numbered from 0 without gaps, and a record that has each of them."""
    largest = int(codes.max(initial=0))
    if largest < _COUNTED:
        some = np.full(largest + 1, -1, dtype=np.int32)
        some[codes] = np.arange(len(codes), dtype=np.int32)
        occurs = some >= 0
        if occurs.all():
            return codes, some
        return (np.cumsum(occurs, dtype=np.int32) - np.int32(1))[codes], some[occurs]
    encoded = pa.array(codes).dictionary_encode()
    numbers = encoded.indices.to_numpy()
    some = np.zeros(len(encoded.dictionary), dtype=np.int32)
    some[numbers] = np.arange(len(codes), dtype=np.int32)
    return numbers, some
