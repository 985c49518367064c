"""What every reader gives: a table of text as delivered, with each row's line and its header."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.config.mapping import SourceMapping, is_column
from pipelines.contracts.sources import Source
from pipelines.core.errors import GateError
from pipelines.core.text_columns import distinct_texts, in_code
from pipelines.ingest.read.integrity import PrivateGateError
from pipelines.personal_data.log_redaction import are_all_loggable, are_words, loggable_columns

PART, PORTION = "_part", "_portion"
"""Name of the column that tells the parts of one key apart, in what a recipe makes."""
LINE_NUMBER = "_line_number"
"""Name of the line column in a delivery's table; no delivered column may have it."""
RETURN_COLUMNS = ("rule", "column", "expected")
"""The last columns of a quarantine file; they are left aside when it comes back mended."""
SHOWN_NAMES = 12
MAX_TITLE_ROWS = 30
"""The header is looked for this far down."""
_BLANKS = re.compile("[ \r\n\u00a0]+")
UNSEEN = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_NO_UNSEEN = str.maketrans("", "", UNSEEN)
_AT_ENDS = UNSEEN + "".join(chr(sign) for sign in range(0x3001) if chr(sign).isspace())
_FOLDED = re.compile(r"[\s_\u00a0\u2010-\u2015-]+")
WRONG_FIELD_COUNT, NOT_AN_OBJECT = "wrong_field_count", "not_an_object"
UNKNOWN_PERSON = "unknown_person"
"""The rule of a record whose person isn't known yet: it comes back by itself once they are."""


@dataclass(frozen=True)
class BrokenRecord:
    """A record that can't be divided into values; ``problem`` says why.

    ``text`` is the record, ``cells`` what it looks like cut into values.
    """

    line_number: int
    text: str
    rule: str
    problem: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Delivery:
    """A file that passed the gate.

    ``table`` has one text column per delivered column and `LINE_NUMBER`: the physical line on
    which the record begins, for Parquet the number of the row from 1, for Excel that of the row
    in the sheet (with the sheet, `in_sheet`, where several are read). ``delivered_names`` has the
    delivered name of every canonical column the file has.
    """

    table: pa.Table
    columns: tuple[str, ...]
    broken: tuple[BrokenRecord, ...]
    delivered_names: dict[str, str]
    notes: tuple[str, ...] = ()
    is_return: bool = False
    """Whether it is a quarantine file that came back."""
    n_left_out: int = 0
    """Records of the file that aren't here, because they are about people who were erased."""
    shaped_from: Delivery | None = None
    """The records as delivered, where a recipe made these rows of them."""
    skipped: tuple[tuple[str, int], ...] = ()
    """Why a recipe left records out on purpose, and how many."""
    sheets: Mapping[int, str] = field(default_factory=dict)
    """Of a workbook the names of the sheets that were read, by `sheet_of` their rows' numbers."""
    headings: Mapping[str, str] = field(default_factory=dict)
    """How the file calls what a column is made of, where that isn't its own name."""
    expected: Mapping[str, str] = field(default_factory=dict)
    """What a recipe reads in a column, where the contract's own form isn't it."""
    lost_people: tuple[str, ...] = ()
    """In which columns people are left empty whom nobody knows, and why."""
    waits_for: str | None = None
    """The state of the lookups, where a later one may make more rows of the same records."""

    @property
    def as_delivered(self) -> Delivery:
        """What goes back to who delivered it: the records, not the rows made of them."""
        return self.shaped_from or self

    @property
    def n_rows(self) -> int:
        """Records that are kept, the broken ones among them."""
        return int(self.table.num_rows) + len(self.broken)

    @property
    def n_delivered(self) -> int:
        """Records in the file."""
        return self.n_rows + self.n_left_out

    @property
    def unknown_columns(self) -> tuple[str, ...]:
        """The delivered columns without a canonical name."""
        known = set(self.delivered_names.values())
        return tuple(name for name in self.columns if name not in known)


@dataclass(frozen=True)
class Header:
    """The delivered column names, their line, and the canonical column of each.

    ``n_columns`` counts the columns of a returned quarantine file as well, ``names`` doesn't.
    """

    index: int
    names: tuple[str, ...]
    n_columns: int
    delivered_names: dict[str, str]

    @property
    def is_return(self) -> bool:
        """Whether the header is that of a quarantine file."""
        return self.n_columns > len(self.names)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth knowing about the header."""
        found = []
        if self.index:
            rows = "1 row" if self.index == 1 else f"{self.index} rows"
            found.append(f"{rows} above the header left aside as titles")
        if self.is_return:
            found.append(f"the columns {', '.join(RETURN_COLUMNS)} of a returned file were dropped")
        return tuple(found)


def find_header(
    row: Callable[[int], Sequence[str]], n_rows: int, source: Source, mapping: SourceMapping
) -> Header:
    """Find the header: the first of the first rows that has all the required columns.

    Rows above it must be titles, with fewer values than a row of the source needs; a header in
    the midst of data is refused. Where none has them all, the row with most of the source's
    columns is told of. Raises `GateError` as `check_columns` does.
    """
    likeliest, n_most = 0, 0
    for index in range(min(n_rows, MAX_TITLE_ROWS + 1)):
        cells = column_names(row(index))
        if has_required(cells, source, mapping):
            _check_titles([row(above) for above in range(index)], source)
            return header_of(cells, source, mapping, index=index)
        n_known = len({*_canonical(cells, source, mapping)} & {*source.column_names})
        if n_known > n_most:
            likeliest, n_most = index, n_known
    return header_of(column_names(row(likeliest)) if n_rows else (), source, mapping)


def has_required(cells: tuple[str, ...], source: Source, mapping: SourceMapping) -> bool:
    """Whether these names are a header: all columns that must be filled are among them."""
    return set(source.required_columns) <= required_among(cells, source, mapping)


def required_among(cells: tuple[str, ...], source: Source, mapping: SourceMapping) -> set[str]:
    """The columns that must be filled among those of these names."""
    return {*source.required_columns} & {*_canonical(cells, source, mapping)}


def header_of(
    cells: tuple[str, ...], source: Source, mapping: SourceMapping, *, index: int = 0
) -> Header:
    """The checked header of these names."""
    is_return = cells[-len(RETURN_COLUMNS) :] == RETURN_COLUMNS
    names = cells[: -len(RETURN_COLUMNS)] if is_return else cells
    names = _told_apart(names, source, mapping)
    check_columns(names, source, mapping)
    stands_for = zip(names, _canonical(names, source, mapping), strict=True)
    delivered = {ours: theirs for theirs, ours in stands_for if ours in source.column_names}
    return Header(index, names, len(cells), delivered)


def _told_apart(names: tuple[str, ...], source: Source, mapping: SourceMapping) -> tuple[str, ...]:
    """Number the doubles among columns that nobody reads; those of a known one are refused."""
    seen: Counter[str] = Counter()
    apart = []
    for name, ours in zip(names, _canonical(names, source, mapping), strict=True):
        seen[name] += 1
        is_double = seen[name] > 1 and ours not in source.column_names
        apart.append(f"{name} ({seen[name]})" if is_double else name)
    return tuple(apart)


def column_names(cells: Sequence[str]) -> tuple[str, ...]:
    """Column names with single blanks; one without a name is called by its position."""
    return tuple(
        name_of(cell) or f"unnamed_{position}" for position, cell in enumerate(cells, start=1)
    )


def name_of(cell: str) -> str:
    """A column name without blanks around it or signs that nobody sees, line breaks as blanks.

    Tabs stay: they tell that a header was cut at the wrong delimiter.
    """
    return _BLANKS.sub(" ", cell.translate(_NO_UNSEEN).strip())


def _canonical(cells: Sequence[str], source: Source, mapping: SourceMapping) -> list[str]:
    """Return the canonical name of each delivered column: itself where nothing is declared.

    Capitals, blanks and underscores make no difference, unless a column has the very name.
    """
    declared = {
        name_of(theirs): ours for theirs, ours in mapping.columns.items() if is_column(source, ours)
    }
    names = [declared.get(cell, cell) for cell in cells]
    missing = {folded(name): name for name in source.column_names if name not in names}
    alike = Counter(folded(name) for name in names)
    return [
        missing[folded(name)] if folded(name) in missing and alike[folded(name)] == 1 else name
        for name in names
    ]


def folded(name: str) -> str:
    """A column's name without what exports change at will."""
    return _FOLDED.sub("", unicodedata.normalize("NFKC", name)).casefold()


def kept_name(delivered: str, mapping: SourceMapping) -> str:
    """The name under which an unknown column is kept: the declared one of an item, else its own."""
    declared = {name_of(theirs): ours for theirs, ours in mapping.columns.items()}
    return declared.get(delivered, delivered)


def _check_titles(rows: list[Sequence[str]], source: Source) -> None:
    n_required = len(source.required_columns)
    for number, cells in enumerate(rows, start=1):
        n_filled = sum(bool(cell.strip()) for cell in cells)
        if n_filled >= n_required:
            raise GateError(
                f"{len(rows)} rows stand above the header, and row {number} has {n_filled} values "
                "like a row of data; put the header first"
            )


def check_columns(columns: tuple[str, ...], source: Source, mapping: SourceMapping) -> None:
    """Refuse a header with a name twice, or without a required column."""
    canonical = _canonical(columns, source, mapping)
    twice = [name for name, count in Counter(canonical).items() if count > 1]
    if twice:
        theirs = [name for name, ours in zip(columns, canonical, strict=True) if ours in twice]
        also = [] if set(theirs) <= set(twice) else [f"(as {_named(theirs)})"]
        raise PrivateGateError(
            f"the header has {' '.join([_named(twice), *also])} more than once; "
            "remove or rename one",
            "the header has a column more than once",
        )
    missing = [name for name in source.required_columns if name not in canonical]
    if missing:
        more = f" and {len(missing) - SHOWN_NAMES} more" if len(missing) > SHOWN_NAMES else ""
        lacks = f"the header lacks {', '.join(missing[:SHOWN_NAMES])}{more}"
        way_out = (
            "Deliver the file with the expected column names, or declare "
            f"`columns` under [mapping.{source.name}] in settings.toml"
        )
        strange = [name for name in columns if name and name not in source.column_names]
        is_header = 2 * len(missing) <= len(source.required_columns)
        others = f"; of others it has {_named(strange)}" if is_header and strange else ""
        raise PrivateGateError(
            f"{lacks}; it has {_found(columns, source, is_header=is_header)}"
            f"{_hint(columns, missing, source)}. {way_out}",
            f"{lacks}{others}. {way_out}",
        )
    if LINE_NUMBER in columns:
        raise GateError(f"the header has the reserved name {LINE_NUMBER}; rename that column")


def _hint(columns: tuple[str, ...], missing: list[str], source: Source) -> str:
    if len(columns) == 1 and (told := other_delimiter(columns[0], source)):
        return told
    unknown = [name for name in columns if name not in source.column_names]
    similar = {name: get_close_matches(name, unknown, n=1, cutoff=0.75) for name in missing}
    hints = [f"is {found[0]} meant as {name}?" for name, found in similar.items() if found]
    return f" ({' '.join(hints)})" if hints else ""


def other_delimiter(header: str, source: Source) -> str:
    """Which other mark parts a header that is one column so far, and what to declare."""
    for character, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars"), (",", "commas")):
        if character in header:
            shown = "\\t" if character == "\t" else character
            return (
                f" (the values seem to be separated by {name}: declare "
                f'`delimiter = "{shown}"` under [mapping.{source.name}])'
            )
    return ""


def _found(columns: tuple[str, ...], source: Source, *, is_header: bool) -> str:
    """Describe what was found instead of a header; a row of data is recognised and not shown.

    Where most of the expected columns are there, it is a header, and the others are named as well.
    """
    if are_all_loggable(columns):
        return _named(columns)
    known = [name for name in columns if name in source.column_names]
    others = [name for name in columns if name not in source.column_names]
    if is_header:
        told = [name for name in others if are_words(name)]
        untold = len(others) - len(told)
        more = [f"{untold} that don't look like names of columns"] if untold else []
        return ", ".join([*known, *told, *more])
    return ", ".join([*known, f"{len(others)} that don't all look like names of columns"])


def _named(names: Sequence[str]) -> str:
    """List the first names, as far as they may be logged."""
    more = f" and {len(names) - SHOWN_NAMES} more" if len(names) > SHOWN_NAMES else ""
    return loggable_columns(names[:SHOWN_NAMES]) + more


def without_empty(
    table: pa.Table, broken: tuple[BrokenRecord, ...]
) -> tuple[pa.Table, tuple[BrokenRecord, ...], tuple[str, ...]]:
    """A delivery's records without those that have nothing in any field, and a note on these."""
    is_empty = np.ones(table.num_rows, dtype=bool)
    for name in table.column_names:
        if name == LINE_NUMBER or not is_empty.any():
            continue
        codes, texts = distinct_texts(table.column(name))
        blank = np.array([not (text or "").strip() for text in texts.to_pylist()], dtype=bool)
        is_empty &= blank[codes] if len(texts) else True
    filled = tuple(each for each in broken if any(cell.strip() for cell in each.cells))
    n_empty = int(is_empty.sum()) + len(broken) - len(filled)
    if not n_empty:
        return table, broken, ()
    note = f"{n_empty:,} records without any value passed over"
    return table.filter(pa.array(~is_empty)), filled, (note,)


def without_repeated_header(delivery: Delivery) -> Delivery:
    """The delivery without rows that say the header again, as reports do on every page."""
    table, names = delivery.table, delivery.columns
    if not table.num_rows or not names:
        return delivery
    likely = pc.equal(pc.utf8_trim_whitespace(table.column(names[0]).cast(pa.string())), names[0])
    places = np.flatnonzero(pc.fill_null(likely, False).to_numpy(zero_copy_only=False))
    rows = table.take(pa.array(places)).select(names).to_pylist()
    repeats = [
        place
        for place, row in zip(places, rows, strict=True)
        if all(name_of(row[name] or "") == name for name in names)
    ]
    if not repeats:
        return delivery
    is_kept = np.ones(table.num_rows, dtype=bool)
    is_kept[repeats] = False
    note = f"{len(repeats):,} rows that repeat the header passed over"
    kept = table.filter(pa.array(is_kept))
    return replace(delivery, table=kept, notes=(*delivery.notes, note))


def text_table(columns: dict[str, list[str | None]], lines: list[int]) -> pa.Table:
    """A delivery's table from columns of text, blanks taken off the ends."""
    texts = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    return trimmed(texts).append_column(LINE_NUMBER, pa.array(lines, pa.int64()))


def trimmed(table: pa.Table) -> pa.Table:
    """Take blanks of any kind off the ends of all values; SQL's trim knows spaces only.

    Signs that nobody sees go with them: an identifier that was copied from a page may have one.
    """
    columns = [_trimmed(column) for column in table.columns]
    return pa.table(columns, names=table.column_names)


def _trimmed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of text without blanks at the ends; one in code stays so."""
    if not pa.types.is_dictionary(column.type):
        return pc.utf8_trim(column.cast(pa.string()), _AT_ENDS)
    coded = in_code(column)
    texts = pc.utf8_trim(coded.dictionary.cast(pa.string()), _AT_ENDS).dictionary_encode()
    codes = texts.indices.take(coded.indices)
    return pa.chunked_array([pa.DictionaryArray.from_arrays(codes, texts.dictionary)])
