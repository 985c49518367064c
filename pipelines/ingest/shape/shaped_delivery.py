"""From what a query made to a delivery of canonical text, in which every record is told of."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.config.feeds import Feed
from pipelines.contracts.sources import PERSON_COLUMNS, Source
from pipelines.core.errors import GateError
from pipelines.core.text_columns import distinct_texts, kept_rows
from pipelines.ingest.read.delivery import (
    LINE_NUMBER,
    PART,
    PORTION,
    UNKNOWN_PERSON,
    BrokenRecord,
    Delivery,
)
from pipelines.ingest.shape.lookups import PEOPLE, Lookups, alias_hash
from pipelines.ingest.shape.read_from import expected_forms, headings, read_from
from pipelines.ingest.shape.run_recipe import LINE, SKIP, Shaped
from pipelines.personal_data.erased_people import NOBODY as NO_ERASED
from pipelines.personal_data.erased_people import Erased

NOT_SHAPED = "not_shaped"
NOBODY = "\x1f"
"""Begins what `employee_of` gives for an identifier that isn't in ``people``."""
_NO_ROW = (
    "gives neither a row nor a reason to leave it out; the recipe's query must give one of them "
    "(_skip = 'why')"
)
MAX_REASON = 80


def as_delivery(
    shaped: Shaped,
    records: Delivery,
    feed: Feed,
    source: Source,
    lookups: Lookups,
    erased: Erased = NO_ERASED,
) -> Delivery:
    """The rows as a delivery of the source, with the records that gave none.

    Raises `GateError` where the query has columns that the source doesn't know, or lines that the
    delivery hasn't.
    """
    _check_columns(shaped, feed, source)
    known = records.table.column(LINE_NUMBER).to_numpy()
    is_whole = len(shaped.used) == len(known) and bool((shaped.used == known).all())
    if not is_whole:
        _check_lines(shaped, known, feed, source)
    rows = shaped.rows.rename_columns(
        [LINE_NUMBER if name == LINE else name for name in shaped.rows.column_names]
    )
    rows, n_left_out, records = _without_erased(rows, records, lookups, erased)
    rows, unknown, notes, n_waiting = _without_unknown(rows, source, lookups)
    faults = {} if is_whole else _faults(shaped, known)
    broken = _as_broken(records, {**faults, **unknown})
    columns = tuple(name for name in rows.column_names if name not in (LINE_NUMBER, PART, PORTION))
    left_out = _by_reason(shaped.skipped)
    told = [f"{n:,} records left out: {reason}" for reason, n in left_out]
    is_waiting = shaped.waiting or n_waiting
    behind = read_from(feed, source.name)
    return replace(
        records,
        table=rows,
        columns=columns,
        broken=tuple(sorted((*records.broken, *broken), key=lambda each: each.line_number)),
        delivered_names={name: name for name in columns if name in source.column_names},
        notes=(*records.notes, *told, *shaped.notes, *notes),
        lost_people=tuple(notes),
        headings=headings(behind, records.headings),
        expected=expected_forms(behind),
        n_left_out=n_left_out,
        shaped_from=records,
        skipped=left_out,
        waits_for=lookups.fingerprint if is_waiting else None,
    )


def _by_reason(skipped: pa.Table) -> tuple[tuple[str, int], ...]:
    """The reasons for which records were left out, each with how many were."""
    codes, texts = distinct_texts(skipped.column(SKIP))
    reasons = Counter[str]()
    for text, n in zip(texts.to_pylist(), np.bincount(codes, minlength=len(texts)), strict=True):
        reasons[text[:MAX_REASON]] += int(n)
    return tuple(sorted((reason, n) for reason, n in reasons.items() if n))


def _faults(
    shaped: Shaped, known: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> dict[int, tuple[str, str]]:
    """The lines of records that gave neither a row nor a reason."""
    accounted = np.concatenate([shaped.used, shaped.skipped.column(LINE).to_numpy()])
    return dict.fromkeys(known[~np.isin(known, accounted)].tolist(), (NOT_SHAPED, _NO_ROW))


def _check_columns(shaped: Shaped, feed: Feed, source: Source) -> None:
    where = f"recipe {feed.recipe.name}, {source.name}.sql"
    made = {*shaped.rows.column_names} - {LINE, PART, PORTION}
    strange = sorted(made - {*source.column_names})
    if strange and not source.keeps_extra:
        raise GateError(f"{where} gives {', '.join(strange)}, which {source.name} doesn't have")
    parts = {*shaped.rows.column_names} & {PART, PORTION}
    if parts and source.name not in feed.recipe.declared.merge:
        raise GateError(
            f"{where} gives {min(parts)}, but recipe.toml has no [merge.{source.name}] that says "
            "how the parts of one key become one row"
        )
    missing = [name for name in source.key if name not in made]
    if missing:
        raise GateError(f"{where} gives no {', '.join(missing)}: the key of {source.name}")


def _check_lines(
    shaped: Shaped, known: np.ndarray[tuple[int], np.dtype[np.int64]], feed: Feed, source: Source
) -> None:
    strange = shaped.used[~np.isin(shaped.used, known)]
    if strange.size:
        raise GateError(
            f"recipe {feed.recipe.name}, {source.name}.sql gives {LINE} {strange[0]}, which no "
            f"record has; {LINE} of the delivery has to be carried along"
        )


def _without_erased(
    rows: pa.Table, records: Delivery, lookups: Lookups, erased: Erased
) -> tuple[pa.Table, int, Delivery]:
    """Rows and records without those of erased people, whom systems call by other identifiers."""
    if not lookups.erased_aliases or PERSON_COLUMNS[0] not in rows.column_names:
        return rows, 0, records
    codes, texts = distinct_texts(rows.column(PERSON_COLUMNS[0]))
    is_alias = [_is_alias(text, lookups, erased) for text in texts.to_pylist()]
    is_theirs = np.array(is_alias, dtype=bool)[codes] if len(texts) else np.zeros(0, dtype=bool)
    if not is_theirs.any():
        return rows, 0, records
    lines = rows.column(LINE_NUMBER).to_numpy()[is_theirs]
    is_kept = ~np.isin(records.table.column(LINE_NUMBER).to_numpy(), lines)
    kept = replace(
        records,
        table=kept_rows(records.table, is_kept),
        n_left_out=records.n_left_out + int((~is_kept).sum()),
    )
    return kept_rows(rows, ~is_theirs), int(is_theirs.sum()), kept


def _is_alias(text: str | None, lookups: Lookups, erased: Erased) -> bool:
    if text is None or not text.startswith(NOBODY):
        return False
    _, system, theirs = text.split(NOBODY, 2)
    return alias_hash(erased.key, system, theirs) in lookups.erased_aliases


def _without_unknown(
    rows: pa.Table, source: Source, lookups: Lookups
) -> tuple[pa.Table, dict[int, tuple[str, str]], list[str], int]:
    """The rows whose people are known; the others' lines, notes, and how many may come back."""
    is_kept = np.ones(rows.num_rows, dtype=bool)
    unknown: dict[int, tuple[str, str]] = {}
    notes: list[str] = []
    n_waiting = 0
    for name in PERSON_COLUMNS:
        if name not in rows.column_names:
            continue
        codes, texts = distinct_texts(rows.column(name))
        if not texts.null_count:
            coded = pa.DictionaryArray.from_arrays(pa.array(codes), texts)
            rows = rows.set_column(rows.column_names.index(name), name, coded)
        nobody = pc.fill_null(pc.starts_with(texts, NOBODY), False).to_numpy(zero_copy_only=False)
        if not nobody.any():
            continue
        is_unknown = nobody[codes]
        n_waiting += int(is_unknown.sum())
        told = _likely_reasons(texts.filter(pa.array(nobody)).to_pylist(), lookups)
        if name in source.required_columns:
            is_kept &= ~is_unknown
            lines = rows.column(LINE_NUMBER).filter(pa.array(is_unknown)).to_pylist()
            which = pa.array(texts).take(pa.array(codes[is_unknown])).to_pylist()
            for line, text in zip(lines, which, strict=True):
                system = text.split(NOBODY)[1]
                unknown[line] = (UNKNOWN_PERSON, f"{name}: {told[system]}")
        else:
            empty = pc.if_else(
                pa.array(is_unknown), pa.scalar(None, pa.string()), _plain(rows, name)
            )
            rows = rows.set_column(rows.column_names.index(name), name, empty)
            notes += [f"{name} left empty: {reason}" for reason in told.values()]
    if not is_kept.all():
        rows = rows.filter(pa.array(is_kept))
    return rows, unknown, notes, n_waiting


def _plain(rows: pa.Table, name: str) -> pa.ChunkedArray:
    return rows.column(name).cast(pa.string())


def _likely_reasons(markers: list[str], lookups: Lookups) -> dict[str, str]:
    """For each system, how many identifiers are nobody's, and what would make them somebody's."""
    by_system: dict[str, list[str]] = {}
    for marker in markers:
        _, system, theirs = marker.split(NOBODY, 2)
        by_system.setdefault(system, []).append(theirs.strip().casefold())
    people = lookups.tables[PEOPLE].to_pylist()
    known: dict[str, set[str]] = {}
    for person in people:
        known.setdefault(person["system"], set()).add(person["other_id"])
    return {system: _reason(system, theirs, known) for system, theirs in by_system.items()}


def _reason(system: str, theirs: list[str], known: dict[str, set[str]]) -> str:
    told = f"{len(theirs):,} identifiers of the system {system!r} are nobody's in people"
    if system not in known:
        return f"{told}, which has none of that system; deliver a feed that makes people of it"
    bare = {each.lstrip("0") for each in known[system]}
    n_bare = sum(each.lstrip("0") in bare for each in theirs)
    if n_bare:
        return f"{told}; {n_bare:,} of {len(theirs):,} match without leading zeros"
    for other, identifiers in sorted(known.items()):
        n_there = sum(each in identifiers for each in theirs)
        if n_there:
            return f"{told}; {n_there:,} of {len(theirs):,} are identifiers of {other!r}"
    return f"{told}; they count once the roster or people has them"


def _as_broken(records: Delivery, problems: dict[int, tuple[str, str]]) -> tuple[BrokenRecord, ...]:
    """The records of some lines as records that can't be taken, each with its reason."""
    if not problems:
        return ()
    wanted = pa.array([*problems], pa.int64())
    rows = records.table.filter(pc.is_in(records.table.column(LINE_NUMBER), value_set=wanted))
    lines = rows.column(LINE_NUMBER).to_pylist()
    cells = [rows.column(name).to_pylist() for name in records.columns]
    found = []
    for line, values in zip(lines, zip(*cells, strict=True), strict=True):
        rule, reason = problems[line]
        texts = tuple(value or "" for value in values)
        found.append(BrokenRecord(line, ",".join(texts), rule, reason, texts))
    return tuple(found)
