"""Survey responses of mixed questionnaires to scores: by scale, and by response.

A response's questionnaire is scored from its items. Scales that arrive as scores are taken as
they are where the response says ``scores_0_100``; with any other questionnaire nothing tells
what their scale is, so they aren't used, and that is reported. Morale and stress belong to no
questionnaire and have a scale of their own; they always count.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.measurement.instruments import item_column, load_instruments
from pipelines.measurement.scoring import (
    DIGITS,
    KEY,
    SCORE_SCHEMA,
    read_answers,
    score,
)

DELIVERED_SCORES = "scores_0_100"
OWN_SCALES = ("morale", "stress")
NOT_NUMBERS = "not_numbers"
OUT_OF_RANGE = "out_of_range"
UNKNOWN_ITEMS = "unknown_items"
SCORES_NOT_USED = "scores_not_used"
_ITEM_COLUMN = re.compile(r"item_[1-9][0-9]*")

Ranges = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class ScoredResponses:
    """What a survey's responses come to.

    ``scales`` is `SCORE_SCHEMA` with one row per response and scale. ``responses`` has one row
    per response: response_id, employee_id, submitted_on, instrument, one ``<column>_0_100`` per
    landing scale (delivered, or from the questionnaire's scale that stands for it), n_items,
    n_answered, n_not_numbers, n_out_of_range, problems (their names, NULL if none). ``answers``
    is `ANSWER_SCHEMA` with the instrument, one row per response and item.
    """

    scales: pl.DataFrame
    responses: pl.DataFrame
    answers: pl.DataFrame


def score_responses(responses: pl.DataFrame, ranges: Ranges) -> ScoredResponses:
    """Score every response.

    ``responses`` has response_id (unique), employee_id, submitted_on, instrument, extra (the
    items ``item_1`` … as a JSON object, or NULL) and one column per key of ``ranges``, which
    gives the lowest and the highest score of each landing scale.
    """
    items = _items(responses)
    scales, answers = [_delivered(responses, ranges)], []
    unknown = [_unknown_items(items, responses, DELIVERED_SCORES, ())]
    for name, instrument in load_instruments().items():
        own = items.filter(responses["instrument"] == name)
        scales.append(score(own, instrument))
        answers.append(read_answers(own, instrument).with_columns(pl.lit(name).alias("instrument")))
        columns = [item_column(number) for number in instrument.items]
        unknown.append(_unknown_items(items, responses, name, columns))
    all_scales, all_answers = pl.concat(scales), pl.concat(answers)
    not_used = _scores_not_used(responses, ranges)
    flags = pl.concat([*unknown, not_used])
    wide = _wide(responses, all_scales, all_answers, flags, ranges)
    order = responses.select(KEY).with_row_index("_response")
    in_order = all_scales.join(order, on=KEY).sort("_response", maintain_order=True)
    return ScoredResponses(in_order.select(*SCORE_SCHEMA), wide, all_answers)


def _items(responses: pl.DataFrame) -> pl.DataFrame:
    """The items of every response as text, a column for each that occurs."""
    extras = [
        {
            name.strip().lower(): None if value is None else str(value)
            for name, value in (json.loads(text) if text else {}).items()
        }
        for text in responses["extra"]
    ]
    names = sorted({name for extra in extras for name in extra if _ITEM_COLUMN.fullmatch(name)})
    return pl.DataFrame(
        [
            responses[KEY],
            *(
                pl.Series(name, [extra.get(name) for extra in extras], dtype=pl.String)
                for name in names
            ),
        ]
    )


def _unknown_items(
    items: pl.DataFrame, responses: pl.DataFrame, instrument: str, known: Sequence[str]
) -> pl.DataFrame:
    """The responses that answer an item which their questionnaire doesn't have."""
    others = [name for name in items.columns if name not in (KEY, *known)]
    is_given = pl.col(name=others).str.strip_chars().replace("", None).is_not_null()
    own = items.filter(responses["instrument"] == instrument)
    found = own.filter(pl.any_horizontal(is_given)) if others else own.clear()
    return found.select(KEY, problem=pl.lit(UNKNOWN_ITEMS))


def _scores_not_used(responses: pl.DataFrame, ranges: Ranges) -> pl.DataFrame:
    """The responses to a questionnaire that come with scores of unknown scale."""
    scores = [name for name in ranges if name not in OWN_SCALES]
    return responses.filter(
        pl.col("instrument") != DELIVERED_SCORES,
        pl.any_horizontal(pl.col(scores).is_not_null()),
    ).select(KEY, problem=pl.lit(SCORES_NOT_USED))


def _delivered(responses: pl.DataFrame, ranges: Ranges) -> pl.DataFrame:
    """The rows of `SCORE_SCHEMA` of scales that arrived as scores."""
    low = pl.col("scale").replace_strict({name: low for name, (low, _) in ranges.items()})
    high = pl.col("scale").replace_strict({name: high for name, (_, high) in ranges.items()})
    return (
        responses.unpivot(
            list(ranges), index=[KEY, "instrument"], variable_name="scale", value_name="raw_score"
        )
        .filter(
            pl.col("raw_score").is_not_null(),
            (pl.col("instrument") == DELIVERED_SCORES) | pl.col("scale").is_in(OWN_SCALES),
        )
        .with_columns(
            n_items=None,
            n_answered=None,
            n_not_numbers=None,
            n_out_of_range=None,
            score_0_100=((pl.col("raw_score") - low) / (high - low) * 100).round(DIGITS),
            band=None,
            problem=None,
        )
        .select(pl.col(name).cast(kind) for name, kind in SCORE_SCHEMA.items())
    )


def _wide(
    responses: pl.DataFrame,
    scales: pl.DataFrame,
    answers: pl.DataFrame,
    flags: pl.DataFrame,
    ranges: Ranges,
) -> pl.DataFrame:
    placed = scales.join(_places(ranges), on=["instrument", "scale"])
    by_column = placed.group_by(KEY).agg(
        pl.col("score_0_100").filter(pl.col("column") == name).first().alias(f"{name}_0_100")
        for name in ranges
    )
    counts = answers.group_by(KEY).agg(
        n_items=pl.len().cast(pl.Int32),
        n_answered=pl.col("answer").count().cast(pl.Int32),
        n_not_numbers=pl.col("is_not_number").sum().cast(pl.Int32),
        n_out_of_range=pl.col("is_out_of_range").sum().cast(pl.Int32),
    )
    named = pl.concat(
        [
            scales.filter(pl.col("problem").is_not_null()).select(KEY, "problem"),
            answers.filter("is_not_number").select(KEY, problem=pl.lit(NOT_NUMBERS)),
            answers.filter("is_out_of_range").select(KEY, problem=pl.lit(OUT_OF_RANGE)),
            flags,
        ]
    )
    problems = named.group_by(KEY).agg(problems=pl.col("problem").unique().sort().str.join(", "))
    wide = responses.select(KEY, "employee_id", "submitted_on", "instrument")
    for part in (by_column, counts, problems):
        wide = wide.join(part, on=KEY, how="left", maintain_order="left")
    return wide


def _places(ranges: Ranges) -> pl.DataFrame:
    """Which landing scale (column) each instrument's scale fills."""
    rows = [(DELIVERED_SCORES, name, name) for name in ranges]
    for instrument in load_instruments().values():
        rows += [(instrument.name, name, name) for name in OWN_SCALES]
        rows += [
            (instrument.name, scale.name, scale.stands_for.column)
            for scale in instrument.scales
            if scale.stands_for
        ]
    return pl.DataFrame(rows, schema=["instrument", "scale", "column"], orient="row")
