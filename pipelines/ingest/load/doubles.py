"""From a validated delivery to one that tells of rows with the same key and other values.

Exact doubles say nothing new and go, counted as superseded. Rows that differ are two statements
about one thing: a recipe has to sum them or tell them apart, so of a feed both are rejected. Of a
file with canonical columns the later row stands, as the interface says, and a note tells of it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from pipelines.contracts.sources import Source
from pipelines.core.text_columns import are_distinct, distinct_texts
from pipelines.ingest.load.row_tables import key_codes, value_codes
from pipelines.ingest.read.delivery import LINE_NUMBER
from pipelines.ingest.validate.validation import REJECTED_SCHEMA, Validation

DIFFERING_DOUBLES = "differing_doubles"
SHOWN_LINES = 5


def told_doubles(validation: Validation, source: Source) -> Validation:
    """The judgement with differing doubles rejected (of a feed) or noted (of a canonical file)."""
    sound = np.flatnonzero(~validation.is_bad)
    codes = key_codes(source, validation)[sound]
    if are_distinct(codes):
        return validation
    doubles = _differing(validation, sound, codes)
    if not doubles.height:
        return validation
    if validation.delivery.shaped_from is None:
        return _noted(validation, source, doubles)
    return _rejected(validation, source, doubles)


def _differing(
    validation: Validation,
    sound: np.ndarray[tuple[int], np.dtype[np.int64]],
    codes: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> pl.DataFrame:
    """The rows (``row``, ``line``, ``code``) whose key other rows have with other values."""
    frame = pl.DataFrame({"row": sound, "code": codes}).filter(pl.col("code").is_duplicated())
    rows, delivery = frame["row"].to_numpy(), validation.delivery
    values = {name: value_codes(validation, name)[rows] for name in validation.columns}
    for name in delivery.unknown_columns:
        values[f"extra {name}"] = distinct_texts(delivery.table.column(name))[0][rows]
    signed = frame.with_columns(
        pl.Series("line", delivery.table.column(LINE_NUMBER).to_numpy()[rows]),
        pl.struct(pl.Series(name, each) for name, each in values.items()).alias("values"),
    )
    return signed.filter(pl.col("values").n_unique().over("code") > 1).drop("values")


def _noted(validation: Validation, source: Source, doubles: pl.DataFrame) -> Validation:
    n_keys = doubles["code"].n_unique()
    lines = ", ".join(map(str, doubles["line"].head(SHOWN_LINES).to_list()))
    note = (
        f"{doubles.height:,} rows have a key that others of the file have with other values "
        f"({n_keys:,} keys by {', '.join(source.key)}; lines {lines} ...): of each key the last "
        "row stands. If they belong together, deliver their sum, or read the export by a recipe"
    )
    delivery = replace(validation.delivery, notes=(*validation.delivery.notes, note))
    return replace(validation, delivery=delivery)


def _rejected(validation: Validation, source: Source, doubles: pl.DataFrame) -> Validation:
    """Every one of them breaks a rule: none is truer than the others."""
    is_bad = validation.is_bad.copy()
    is_bad[doubles["row"].to_numpy()] = True
    expected = (
        f"one row for its {', '.join(source.key)}: other rows of the file give the same with other "
        "values. Sum them in the recipe, or tell them apart by _part"
    )
    rejected = doubles.select(
        line_number=pl.col("line").cast(pl.Int64),
        rule=pl.lit(DIFFERING_DOUBLES),
        column_name=pl.lit(None, pl.String),
        value=pl.lit(None, pl.String),
        expected=pl.lit(f"is not {expected}"),
        position=pl.lit(-1, pl.Int32),
    ).unique(maintain_order=True)
    all_rejected = pl.concat([validation.rejected, rejected.cast(pl.Schema(REJECTED_SCHEMA))])
    return replace(
        validation,
        is_bad=is_bad,
        rejected=all_rejected.sort("line_number", "position", maintain_order=True),
    )
