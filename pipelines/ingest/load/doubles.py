"""From a validated delivery to one without rows that have the same key and other values.

Exact doubles say nothing new: one of them counts, the others are superseded, with a note. Rows that
differ are statements of their own about one thing (intervals of a week, two leaves of a day, a
correction beside what it corrects), and none is truer than the others: all of them are rejected.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from pipelines.contracts.sources import Source
from pipelines.core.line_numbers import line_name
from pipelines.core.text_columns import are_distinct, distinct_texts
from pipelines.ingest.load.row_tables import key_codes, value_codes
from pipelines.ingest.read.delivery import LINE_NUMBER
from pipelines.ingest.validate.validation import REJECTED_SCHEMA, Validation

DIFFERING_DOUBLES = "differing_doubles"
SHOWN_LINES = 5
_OF_FEED = "Sum them in the recipe, or tell them apart by _part"
_OF_ONE_THING = (
    "Leave all but one of them out in the recipe (_skip), as an answer that was given again"
)
"""Where the key is an identifier, of a session or an answer, of which there is one."""
_OF_CANONICAL = (
    "Deliver their sum, or the one row that holds; a recipe can make either of the export"
)


def told_doubles(validation: Validation, source: Source, *, of_feed: bool) -> Validation:
    """The judgement with differing doubles rejected and exact ones noted."""
    sound = np.flatnonzero(~validation.is_bad)
    codes = key_codes(source, validation)[sound]
    if are_distinct(codes):
        return validation
    doubles, n_exact = _doubles(validation, sound, codes)
    if n_exact:
        validation = _noted(validation, n_exact)
    if not doubles.height:
        return validation
    of_recipe = _OF_ONE_THING if len(source.key) == 1 else _OF_FEED
    way_out = of_recipe if of_feed else _OF_CANONICAL
    return _rejected(validation, source, doubles, way_out)


def _doubles(
    validation: Validation,
    sound: np.ndarray[tuple[int], np.dtype[np.int64]],
    codes: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> tuple[pl.DataFrame, int]:
    """The rows (``row``, ``line``, ``code``) whose key others have with other values.

    Beside them, how many of the others say what another has said already.
    """
    frame = pl.DataFrame({"row": sound, "code": codes}).filter(pl.col("code").is_duplicated())
    rows, delivery = frame["row"].to_numpy(), validation.delivery
    values = {name: value_codes(validation, name)[rows] for name in validation.columns}
    for name in delivery.unknown_columns:
        values[f"extra {name}"] = distinct_texts(delivery.table.column(name))[0][rows]
    signed = frame.with_columns(
        pl.Series("line", delivery.table.column(LINE_NUMBER).to_numpy()[rows]),
        pl.struct(pl.Series(name, each) for name, each in values.items()).alias("values"),
    )
    is_differing = pl.col("values").n_unique().over("code") > 1
    same = signed.filter(~is_differing)
    differing = signed.filter(is_differing).drop("values")
    return differing, same.height - same["code"].n_unique()


def _noted(validation: Validation, n_exact: int) -> Validation:
    rows = "1 row says" if n_exact == 1 else f"{n_exact:,} rows say"
    note = f"{rows} what another row of the file says, and counts once"
    delivery = replace(validation.delivery, notes=(*validation.delivery.notes, note))
    return replace(validation, delivery=delivery)


def _rejected(
    validation: Validation, source: Source, doubles: pl.DataFrame, way_out: str
) -> Validation:
    """Every one of them breaks a rule, told with the lines of its own key.

    Not with those of others: what stands beside a row must not tell of people who are erased.
    """
    is_bad = validation.is_bad.copy()
    is_bad[doubles["row"].to_numpy()] = True
    before = (
        f"is not one row for its {', '.join(source.key)}: other rows of the file give the same "
    )
    of_key = doubles.group_by("code").agg(pl.len().alias("n"), pl.col("line").unique().sort())
    told = of_key.select(
        "code",
        expected=pl.Series(
            f"{before}with other values ({n:,} rows, {_lines(lines)}). {way_out}"
            for _, n, lines in of_key.iter_rows()
        ),
    )
    rejected = (
        doubles.join(told, on="code", maintain_order="left")
        .select(
            line_number=pl.col("line").cast(pl.Int64),
            rule=pl.lit(DIFFERING_DOUBLES),
            column_name=pl.lit(None, pl.String),
            value=pl.lit(None, pl.String),
            expected="expected",
            position=pl.lit(-1, pl.Int32),
        )
        .unique(maintain_order=True)
    )
    all_rejected = pl.concat([validation.rejected, rejected.cast(pl.Schema(REJECTED_SCHEMA))])
    return replace(
        validation,
        is_bad=is_bad,
        rejected=all_rejected.sort("line_number", "position", maintain_order=True),
    )


def _lines(numbers: list[int]) -> str:
    """Name the first of some lines: "lines 62, 63"."""
    names = ", ".join(map(line_name, numbers[:SHOWN_LINES]))
    return f"lines {names}{' ...' if len(numbers) > SHOWN_LINES else ''}"
