"""From a delivery's records to what a recipe's query makes of them, closed off from all else."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.config.feeds import Feed
from pipelines.core.errors import GateError
from pipelines.core.line_numbers import sheets_of
from pipelines.core.queries import statement
from pipelines.core.sql_text import identifier
from pipelines.core.text_columns import distinct_texts, in_one_piece
from pipelines.core.warehouse import Connection, DatabaseError, Relation
from pipelines.ingest.read.delivery import LINE_NUMBER, PART, Delivery
from pipelines.ingest.shape.column_inputs import DELIVERY, LINE
from pipelines.ingest.shape.day_order import day_order_notes
from pipelines.ingest.shape.distinct_inputs import (
    Known,
    as_text,
    by_distinct_inputs,
    is_small,
    with_answers,
)
from pipelines.ingest.shape.lone_keys import by_lone_keys, together
from pipelines.ingest.shape.lost_in_casts import LOOKED_AT, lost_in_casts
from pipelines.ingest.shape.query_errors import line_of, told_of
from pipelines.ingest.shape.sandboxes import MEMORY, Sandboxes, names_of_macros

SKIP, FILE, SHEET = "_skip", "_file", "_sheet"
_NUMBERS = "_numbers"
_MOST_COUNTED = 8
"""Marks per line: where lines lie further apart, sorting them is quicker."""
_READING = ("SELECT", "MULTI")
"""Kinds of statement that change nothing; a pivot is several."""
_PARAMETER = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")


@dataclass(frozen=True)
class Shaped:
    """What a query made: ``rows`` has text columns, `LINE` the first line of each row.

    The rows stand in no order: joins mix them. ``used`` are the lines of records that gave a row;
    ``skipped`` has, as `LINE` and `SKIP`, those that gave none on purpose, and the reason of each.
    """

    rows: pa.Table
    used: np.ndarray[tuple[int], np.dtype[np.int64]]
    skipped: pa.Table
    waiting: bool
    notes: tuple[str, ...] = ()


_SKIPPED = pa.schema([(LINE, pa.int64()), (SKIP, pa.dictionary(pa.int32(), pa.string()))])


@dataclass(frozen=True)
class _Whole:
    """Rows, and the query and the records that they were made of, calls answered ahead."""

    parts: list[pa.Table]
    query: str
    records: pa.Table


def run_recipe(
    feed: Feed,
    source: str,
    records: Delivery,
    file: str,
    sandboxes: Sandboxes,
    known: Known | None = None,
) -> Shaped:
    """Run the recipe's query for one source over one delivery.

    ``sandboxes`` are the feed's; ``known`` has answers of earlier deliveries of the same feed,
    source and lookups.
    Raises `GateError` where the query can't be run or doesn't give what is asked of it.
    """
    query = feed.recipe.queries[source].strip().rstrip(";")
    above = feed.recipe.queries[source].partition(query)[0].count("\n")
    where = f"recipe {feed.recipe.name}, {source}.sql"
    asked = {name: feed.parameters[name] for name in _asked(feed, query, where)}
    with sandboxes.lent() as con:
        delivery = _register(con, feed, records, file)
        of_days = day_order_notes(feed, query, asked, delivery)

        def made(text: str = query) -> Relation:
            given = {name: asked[name] for name in {*_PARAMETER.findall(text)}}
            return con.sql(text, params=given) if given else con.sql(text)

        try:
            _check_reads(con, query, where)
            relation = made()
            names, kinds = relation.columns, [str(kind) for kind in relation.types]
            if LINE not in names:
                raise GateError(f"{where} gives no column {LINE}: from which record a row is made")
            known = known or Known()
            table = (
                _taken(con, relation, names, kinds)
                if is_small(delivery)
                else by_distinct_inputs(con, query, made, names, delivery, known)
            )
            whole = (
                _Whole([table], query, delivery)
                if table is not None
                else _run_whole(con, query, made, names, kinds, delivery, known)
            )
            con.register(DELIVERY, whole.records.slice(0, LOOKED_AT))
            lost = [f"{where}, {each}" for each in lost_in_casts(whole.query, made, above)]
            con.unregister(DELIVERY)
        except DatabaseError as error:
            line = line_of(error, query)
            here = f", line {line + above}," if line else ""
            told = told_of(error, MEMORY, _names(feed))
            raise GateError(f"{where}{here} can't be run: {told}") from error
    return replace(_all_accounted(whole.parts, where), notes=(*of_days, *lost))


def _check_reads(con: Connection, query: str, where: str) -> None:
    kinds = [each.type.name for each in con.extract_statements(query)]
    if len(kinds) != 1:
        raise GateError(f"{where} has more than one statement; a query is one select")
    if kinds[0] not in _READING:
        raise GateError(f"{where} changes something ({kinds[0].lower()}); a query is one select")


def _run_whole(
    con: Connection,
    query: str,
    made: Callable[[str], Relation],
    names: list[str],
    kinds: list[str],
    delivery: pa.Table,
    known: Known,
) -> _Whole:
    """The rows of a query that looks beyond the record; its calls upon single ones come first.

    A call that fails where the query doesn't make it for every record leaves the query as it was.
    """

    def rows(text: str, records: pa.Table) -> _Whole:
        def run() -> pa.Table:
            return _taken(con, made(text), names, kinds)

        con.register(DELIVERY, records)
        lone = by_lone_keys(con, text, lambda: made(text), names, kinds, records, known, run)
        if lone is not None:
            return _Whole(lone, text, records)
        con.register(DELIVERY, records)
        return _Whole([run()], text, records)

    with suppress(DatabaseError):
        prepared = with_answers(con, query, made, delivery, known)
        if prepared is not None:
            return rows(*prepared)
    return rows(query, delivery)


def _taken(con: Connection, rows: Relation, names: list[str], kinds: list[str]) -> pa.Table:
    """The rows as text; numbers become text once per number, not once per row."""
    is_number = [kind == "DOUBLE" and name != LINE for name, kind in zip(names, kinds, strict=True)]
    columns = [
        identifier(name) if later else as_text(name, kind)
        for name, kind, later in zip(names, kinds, is_number, strict=True)
    ]
    table = rows.project(", ".join(columns)).to_arrow_table()
    for place, later in enumerate(is_number):
        if later:
            coded = in_one_piece(table.column(place)).dictionary_encode()
            texts = _written(con, coded.dictionary)
            as_codes = pa.DictionaryArray.from_arrays(coded.indices, texts)
            table = table.set_column(place, names[place], as_codes)
    return table


def _written(con: Connection, numbers: pa.Array) -> pa.Array:
    """Numbers as the database writes them."""
    place = pa.array(np.arange(len(numbers)))
    con.register(_NUMBERS, pa.table({"number": numbers, "place": place}))
    texts = con.sql(statement("loading/written_numbers", numbers=_NUMBERS))
    return in_one_piece(texts.to_arrow_table().column(0))


def _names(feed: Feed) -> list[str]:
    """What a query may name: the recipe's columns, and the macros."""
    declared = feed.recipe.declared
    return [*declared.columns, *declared.optional, *names_of_macros()]


def _asked(feed: Feed, query: str, where: str) -> list[str]:
    asked = sorted({*_PARAMETER.findall(query)})
    unknown = [name for name in asked if name not in feed.parameters]
    if unknown:
        raise GateError(f"{where} asks for ${unknown[0]}, which its recipe.toml doesn't declare")
    return asked


def _register(con: Connection, feed: Feed, records: Delivery, file: str) -> pa.Table:
    """Bring the records in, under the names that queries use; give them back."""
    n_rows = records.table.num_rows
    table = pa.table(
        {
            LINE if name == LINE_NUMBER else name: records.table.column(name)
            if name == LINE_NUMBER
            else _filled(records.table.column(name))
            for name in records.table.column_names
        }
    )
    for name in (*feed.recipe.declared.columns, *feed.recipe.declared.optional):
        if name not in table.column_names:
            table = table.append_column(name, pa.nulls(n_rows, pa.string()))
    same = pa.array(np.zeros(n_rows, dtype=np.int32))
    table = table.append_column(FILE, pa.DictionaryArray.from_arrays(same, pa.array([file])))
    if SHEET not in table.column_names:
        table = table.append_column(SHEET, _sheets(records))
    con.register(DELIVERY, table)
    return table


def _sheets(records: Delivery) -> pa.Array:
    """Each record's sheet by its name, where it comes of a workbook."""
    if not records.sheets:
        return pa.nulls(records.table.num_rows, pa.string())
    numbers = sheets_of(records.table.column(LINE_NUMBER).to_numpy())
    place = np.searchsorted(sorted(records.sheets), numbers).astype(np.int32)
    names = [records.sheets[number] for number in sorted(records.sheets)]
    return pa.DictionaryArray.from_arrays(pa.array(place), pa.array(names))


def _filled(column: pa.ChunkedArray) -> pa.Array:
    """A text column in code, blanks off the ends; what is empty then is NULL."""
    codes, texts = distinct_texts(column)
    trimmed = pc.fill_null(pc.utf8_trim_whitespace(texts.cast(pa.string())), "")
    is_blank = pc.equal(trimmed, "").to_numpy(zero_copy_only=False)
    mask = is_blank[codes] if is_blank.any() else None
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=mask), trimmed)


def _distinct(
    lines: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Each line once, in order; most queries keep the order of the records."""
    is_rising = len(lines) < 2 or bool((np.diff(lines) > 0).all())
    if is_rising:
        return lines
    smallest = int(lines.min())
    if int(lines.max()) - smallest > _MOST_COUNTED * len(lines):
        return np.unique(lines)
    occurs = np.zeros(int(lines.max()) - smallest + 1, dtype=bool)
    occurs[lines - smallest] = True
    return np.flatnonzero(occurs) + smallest


def _first_of_each(lists: pa.ChunkedArray, where: str) -> pa.Array:
    """The first of each row's lines."""
    whole = in_one_piece(lists)
    borders = whole.offsets.to_numpy().astype(np.int64)
    if not (np.diff(borders) > 0).all():
        raise GateError(f"{where} gives rows whose {LINE} is an empty list")
    if not len(whole):
        return pa.array([], pa.int64())
    return pa.array(np.minimum.reduceat(whole.values.to_numpy(), borders[:-1]), pa.int64())


def _all_accounted(parts: list[pa.Table], where: str) -> Shaped:
    """What parts made that have no record in common."""
    each = [_accounted(part, where) for part in parts]
    if len(each) == 1:
        return each[0]
    rows = together([shaped.rows for shaped in each])
    in_order = np.argsort(rows.column(LINE).to_numpy(), kind="stable")
    return Shaped(
        rows.take(pa.array(in_order)),
        _distinct(np.concatenate([shaped.used for shaped in each])),
        together([shaped.skipped for shaped in each]),
        waiting=any(shaped.waiting for shaped in each),
    )


def _left_out(
    skips: pa.Table, used: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> tuple[pa.Table, bool]:
    """The lines of records that gave no row, with the first reason; whether any may give one."""
    lines, reasons = skips.column(LINE), skips.column(SKIP)
    if pa.types.is_list(lines.type):
        reasons = reasons.take(pc.list_parent_indices(lines))
        lines = pc.list_flatten(lines)
    codes, texts = distinct_texts(reasons)
    numbers, first = np.unique(lines.to_numpy(), return_index=True)
    is_left = ~np.isin(numbers, used)
    told = pa.DictionaryArray.from_arrays(codes[first[is_left]], texts.cast(pa.string()))
    skipped = pa.table({LINE: numbers[is_left], SKIP: told})
    return skipped, bool(pc.any(pc.starts_with(texts, "waiting")).as_py())


def _accounted(table: pa.Table, where: str) -> Shaped:
    lines = table.column(LINE)
    if lines.null_count:
        raise GateError(f"{where} gives rows without {LINE}")
    is_skip = np.zeros(table.num_rows, dtype=bool)
    if SKIP in table.column_names:
        is_skip = pc.is_valid(table.column(SKIP)).to_numpy()
    if not is_skip.any() and pa.types.is_integer(lines.type):
        kept = [name for name in table.column_names if name not in (LINE, SKIP)]
        whole = table.select(kept).append_column(LINE, lines)
        return Shaped(whole, _distinct(lines.to_numpy()), _SKIPPED.empty_table(), waiting=False)
    flags = pa.array(~is_skip)
    if pa.types.is_list(lines.type):
        used = _distinct(pc.list_flatten(lines.filter(flags)).to_numpy())
        first = _first_of_each(lines, where)
    else:
        used = _distinct(lines.filter(flags).to_numpy())
        first = lines
    skipped, waiting = _SKIPPED.empty_table(), False
    if is_skip.any():
        skipped, waiting = _left_out(table.filter(pa.array(is_skip)), used)
    kept = [name for name in table.column_names if name not in (LINE, SKIP)]
    rows = table.select(kept).append_column(LINE, first).filter(flags)
    return Shaped(rows, used, skipped, waiting)


__all__ = ["LINE", "PART", "Shaped", "run_recipe"]
