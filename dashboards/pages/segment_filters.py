"""The filters: what every published part of the workforce would put on a page, said beforehand.

The pages are static files, so nothing can be asked for when a reader filters. Instead one script
file, shared by all pages, holds for each part and metric the few texts that an element marked
``data-metric="<outcome>|<horizon>"`` shows. They are made here, from released estimates, by the
functions that make the tiles; the pages' script only puts them in their places. A part has one
number everywhere: where its division was read together, the one steadied by the other parts, beside
everybody's. A part without figures has the word of its status and the reason in their stead, and no
number at all.

    {"values": {"site": [["Aster", "Aster"], ...], ...},
     "metrics": ["voluntary_exit|365", ...],
     "segments": {"site × tenure_band": {"Aster × under 90 days": [cell, ...], ...}, ...},
     "cross": " × ", "verdicts": [[key, sign, word], ...], "reasons": [[word, sentence], ...],
     "fields": [...], "words": {...}}

A cell stands at its metric's position and is a list of texts in the order of ``fields``, the
number of a reason, or null where there is no data.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

import polars as pl

from dashboards.estimates import PART_ESTIMANDS, Estimate, from_row, missing_word, records
from dashboards.figures.tiles import axis_end_of, tile_info
from dashboards.formats import DASH, capitalised
from dashboards.labels import part_name
from dashboards.pages.layout import FILTERS, inline_json
from dashboards.pages.views import tile_view
from dashboards.sentences.phrases import as_sentence
from dashboards.sentences.workforce import SEGMENTS
from pipelines.core.parts import CROSS, TENURE_BANDS

FIELDS = (
    "verdict", "number", "range", "why", "value_a", "value_b", "both", "people", "before",
    "low", "high", "point",
)  # fmt: skip
"""What a cell holds: a verdict's position, texts, and where the whisker stands (or null)."""
_DRAWN = ("estimate", "conf_low", "conf_high", "verdict")
WORDS = {
    "everybody": "Figures are of everybody.",
    "grey": "Choices in grey have no figure on this page.",
    "part": "Figures marked “{part}” are of that part alone. Sentences, charts and tables without "
    "the mark are of everybody.",
    "unknown": "“{value}” isn’t a part of this publication, so everybody is shown.",
    "unpublished": "Not published",
    "too_many": "Figures are published for one filter or two together, not for more.",
    "no_division": "No figures are published for this combination.",
    "no_verdict": "There is too little here for a verdict, so nothing is published of it.",
    "no_metric": "This figure isn’t published for parts of the workforce.",
    "no_data": "No data",
    "nobody": "Nobody in the comparison belongs to this part.",
}
"""What the page's script says around the figures; ``{part}`` and the like are filled in."""


def parts_script(comparison: pl.DataFrame, parts: pl.DataFrame) -> str:
    """Return the shared script file with every part's texts."""
    return f"window.PARTS={inline_json(part_texts(comparison, parts))};\n"


def part_texts(comparison: pl.DataFrame, parts: pl.DataFrame) -> dict[str, Any]:
    """Return the structure above from the released comparison and ``outcomes.segment_estimate``."""
    everybody = _of_everybody(comparison)
    rows = _rows_of_parts(_steadied(comparison, parts))
    estimates = [from_row(row) for row in rows]
    metrics = sorted({each.metric for each in estimates})
    axis_end = {
        metric: axis_end_of(mine, mine[0].measure.unit)
        for metric in metrics
        if (mine := [e for e in estimates if e.metric == metric])
    }
    pools = _Pools()
    segments: dict[str, Any] = {}
    for (segment, value), group in groupby(rows, key=_part_of):
        cells = _cells(list(group), metrics, axis_end, pools, everybody)
        segments.setdefault(segment, {})[value] = cells
    return {
        "values": _values(segments),
        "metrics": metrics,
        "segments": segments,
        "cross": CROSS,
        "verdicts": pools.verdicts,
        "reasons": pools.reasons,
        "fields": FIELDS,
        "words": WORDS,
    }


class _Pools:
    """Texts that many cells share, each once; a cell holds the position."""

    def __init__(self) -> None:
        self.verdicts: list[tuple[str, str, str]] = []
        self.reasons: list[tuple[str, str]] = []

    def verdict(self, said: tuple[str, str, str]) -> int:
        return _position(self.verdicts, said)

    def reason(self, said: tuple[str, str]) -> int:
        return _position(self.reasons, said)


def _position(pool: list[Any], text: Any) -> int:
    if text not in pool:
        pool.append(text)
    return pool.index(text)


def _rows_of_parts(comparison: pl.DataFrame) -> list[Mapping[str, Any]]:
    """Return the rows of single and crossed parts that the filters offer, part by part."""
    offered = {key for key, _, _ in FILTERS}
    rows = [
        row
        for row in records(comparison)
        if set(row["segment"].split(CROSS)) <= offered
        and row["design"] in ("weighted", "unadjusted")
        and row["estimand"] in PART_ESTIMANDS
    ]
    return sorted(rows, key=_part_of)


def _part_of(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["segment"], row["segment_value"]


def _steadied(comparison: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """Give the weighted rows of parts that were read together what came of that.

    A division that was never read together keeps its rows; a part with too little data, too.
    """
    keys = ["segment", "segment_value", "outcome", "estimand", "horizon_days"]
    drawn = parts.filter(pl.col("shrunken_verdict").is_not_null()).select(
        *keys,
        *(pl.col(f"shrunken_{name}") for name in _DRAWN),
        design=pl.lit("weighted"),
        is_steadied=pl.lit(value=True),
    )
    joined = comparison.join(drawn, on=[*keys, "design"], how="left", maintain_order="left")
    is_told = pl.col("is_steadied").fill_null(value=False) & pl.col("estimate").is_not_null()
    return joined.with_columns(
        *(pl.when(is_told).then(f"shrunken_{name}").otherwise(name).alias(name) for name in _DRAWN),
        is_steadied=is_told,
        rounding=pl.when(~is_told).then("rounding"),  # what parts say together has a finer grid
    )


def _of_everybody(comparison: pl.DataFrame) -> dict[str, str]:
    """Return what everybody's tile says, in a few words, by metric."""
    told = comparison.filter(pl.col("segment") == "all", pl.col("design") == "weighted")
    estimates = [from_row(row) for row in records(told)]
    views = [(e.metric, tile_view(tile_info(e, e, 1.0))) for e in estimates]
    return {metric: f"Everybody: {v.tile.number or v.verdict}" for metric, v in views}


def _cells(
    rows: list[Mapping[str, Any]],
    metrics: list[str],
    axis_end: Mapping[str, float],
    pools: _Pools,
    everybody: Mapping[str, str],
) -> list[Any]:
    """Return a part's cells, one for each metric, in their order."""
    by_design: dict[str, dict[str, Estimate]] = {"weighted": {}, "unadjusted": {}}
    steadied = {}
    for row in rows:
        estimate = from_row(row)
        by_design[row["design"]][estimate.metric] = estimate
        if row["is_steadied"]:
            steadied[estimate.metric] = SEGMENTS[row["segment"]][1]
    cells: list[Any] = []
    for metric in metrics:
        adjusted = by_design["weighted"].get(metric)
        before = by_design["unadjusted"].get(metric)
        beside = (everybody.get(metric, ""), steadied.get(metric, ""))
        cells.append(_cell(adjusted, before, axis_end[metric], pools, beside) if adjusted else None)
    return cells


def _cell(
    adjusted: Estimate,
    before: Estimate | None,
    axis_end: float,
    pools: _Pools,
    beside: tuple[str, str],
) -> list[Any] | int | None:
    """Return the texts of one estimate; where nothing of it may be read, the reason's number.

    ``beside`` is everybody's figure, and by which parts this one was steadied, if it was: the
    values of the two kinds by themselves would add up to another number, so they stay away.
    """
    if (adjusted.value_a, adjusted.value_b, adjusted.estimate) == (None, None, None):
        return pools.reason((_word(adjusted), as_sentence(adjusted.why_not)))
    absent = Estimate(adjusted.outcome, adjusted.estimand, adjusted.horizon_days, "not_reportable")
    tile = tile_info(adjusted, before or absent, axis_end)
    view = tile_view(tile)
    verdict = pools.verdict((view.verdict_key, view.icon, view.verdict))
    whisker = tile.whisker
    ends = (whisker.low, whisker.high, whisker.point) if whisker else (None, None, None)
    everybody, others = beside
    values = (
        (DASH, DASH, everybody, view.people, f"Steadied by the other {others}")
        if others
        else (tile.value_a, tile.value_b, view.both, view.people, everybody)
    )
    return [verdict, tile.number, view.range, view.why, *values, *ends]


def _word(estimate: Estimate) -> str:
    return capitalised(missing_word(estimate.status))


def _values(segments: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """Return what the form offers: each value as the tables have it and as it is read."""
    return {
        key: [(value, part_name(value)) for value in sorted(segments.get(key, ()), key=_by_tenure)]
        for key, _, _ in FILTERS
    }


def _by_tenure(value: str) -> tuple[int, str]:
    """Bands of tenure from short to long; other values by their names."""
    bands = list(TENURE_BANDS)
    return (bands.index(value) if value in bands else len(bands), value)
