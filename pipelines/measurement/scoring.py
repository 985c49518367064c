"""Scores from a questionnaire's answers: the written rules, applied to frames."""

from __future__ import annotations

import polars as pl

from pipelines.measurement.instruments import Instrument, Scale, item_column

KEY = "response_id"
NO_ANSWERS = "no_answers"
TOO_FEW_ANSWERS = "too_few_answers"
DIGITS = 9
"""Scores are rounded so far that equal answers give equal scores whatever the order of sums."""

SCORE_SCHEMA: dict[str, pl.DataType] = {
    KEY: pl.String(),
    "instrument": pl.String(),
    "scale": pl.String(),
    "n_items": pl.Int32(),
    "n_answered": pl.Int32(),
    "n_not_numbers": pl.Int32(),
    "n_out_of_range": pl.Int32(),
    "raw_score": pl.Float64(),
    "score_0_100": pl.Float64(),
    "band": pl.String(),
    "problem": pl.String(),
}
ANSWER_SCHEMA: dict[str, pl.DataType] = {
    KEY: pl.String(),
    "item": pl.Int32(),
    "given": pl.String(),
    "answer": pl.Float64(),
    "is_not_number": pl.Boolean(),
    "is_out_of_range": pl.Boolean(),
}


def read_answers(items: pl.DataFrame, instrument: Instrument) -> pl.DataFrame:
    """One row per response and item (`ANSWER_SCHEMA`), with what was given and what it counts as.

    ``items`` has one row per response: ``response_id`` and ``item_1`` … as text or numbers; a
    column that isn't there was answered by nobody. ``answer`` is NULL where nothing was given,
    where the text isn't a number, and where the number isn't one of the instrument's answers.
    Reversing is left to the scales.
    """
    columns = [item_column(number) for number in instrument.items]
    given = items.select(
        KEY,
        *(
            pl.col(name).cast(pl.String) if name in items.columns else pl.lit(None).alias(name)
            for name in columns
        ),
    )
    number = pl.col("given").cast(pl.Float64, strict=False)
    is_answer = pl.col("number").is_in(list(instrument.answers))
    return (
        given.unpivot(columns, index=KEY, variable_name="item", value_name="given")
        .with_columns(
            item=pl.col("item").str.strip_prefix("item_").cast(pl.Int32),
            given=pl.col("given").cast(pl.String).str.strip_chars().replace("", None),
        )
        .with_columns(number=pl.when(number.is_finite()).then(number))
        .with_columns(
            answer=pl.when(is_answer).then("number"),
            is_not_number=pl.col("given").is_not_null() & pl.col("number").is_null(),
            is_out_of_range=(pl.col("number").is_not_null() & ~is_answer).fill_null(False),
        )
        .select(pl.col(name).cast(kind) for name, kind in ANSWER_SCHEMA.items())
    )


def score(items: pl.DataFrame, instrument: Instrument) -> pl.DataFrame:
    """Every scale of every response, as `SCORE_SCHEMA`, in the order of the responses.

    ``items`` is described at `read_answers`; ``response_id`` is unique. Invalid answers count as
    missing and are counted; with fewer valid answers than the scale asks for, ``raw_score``,
    ``score_0_100`` and ``band`` are NULL and ``problem`` says why.
    """
    answers = read_answers(items, instrument)
    made = {
        scale.name: _score_items(answers, instrument, scale)
        for scale in instrument.scales
        if scale.items
    }
    for scale in instrument.scales:
        if scale.mean_of:
            made[scale.name] = _mean_of_scales([made[name] for name in scale.mean_of])
    scored = pl.concat(
        _finish(made[scale.name], instrument, scale, position)
        for position, scale in enumerate(instrument.scales)
    )
    order = items.select(KEY).with_row_index("_response")
    return (
        scored.join(order, on=KEY, how="inner")
        .sort("_response", "_scale")
        .select(pl.col(name).cast(kind) for name, kind in SCORE_SCHEMA.items())
    )


def reversed_answers(answers: pl.DataFrame, instrument: Instrument, scale: Scale) -> pl.DataFrame:
    """The rows of `read_answers` that belong to a scale, its reversed items turned round."""
    turned = instrument.answers[0] + instrument.answers[-1] - pl.col("answer")
    return answers.filter(pl.col("item").is_in(list(scale.items))).with_columns(
        answer=pl.when(pl.col("item").is_in(list(scale.reverse))).then(turned).otherwise("answer")
    )


def _score_items(answers: pl.DataFrame, instrument: Instrument, scale: Scale) -> pl.DataFrame:
    """Counts and raw score of one scale made of items; one row per response."""
    n_items = len(scale.items)
    n_answered = pl.col("n_answered")
    # The sum comes first: complete answers then give it exactly, without a division and back.
    factor = (n_items if scale.score == "sum" else 1) / n_answered
    return (
        reversed_answers(answers, instrument, scale)
        .group_by(KEY)
        .agg(
            n_items=pl.lit(n_items),
            n_answered=pl.col("answer").count(),
            n_not_numbers=pl.col("is_not_number").sum(),
            n_out_of_range=pl.col("is_out_of_range").sum(),
            total=pl.col("answer").sum(),
        )
        .with_columns(
            raw_score=pl.when(n_answered >= scale.min_answered).then(pl.col("total") * factor)
        )
        .drop("total")
    )


def _mean_of_scales(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """Counts and raw score of a scale that is the mean of others; NULL where one of them is."""
    counts = [name for name in parts[0].columns if name.startswith("n_")]
    return (
        pl.concat(parts)
        .group_by(KEY)
        .agg(
            *(pl.col(name).sum() for name in counts),
            mean=pl.col("raw_score").mean(),
            is_complete=pl.col("raw_score").is_not_null().all(),
        )
        .with_columns(raw_score=pl.when("is_complete").then("mean"))
        .drop("mean", "is_complete")
    )


def _finish(
    frame: pl.DataFrame, instrument: Instrument, scale: Scale, position: int
) -> pl.DataFrame:
    """The scale's score on 0-100, its band and its problem."""
    low, high = instrument.raw_range(scale)
    raw = pl.col("raw_score")
    band: pl.Expr = pl.lit(None, pl.String)
    for name, start in scale.bands:
        band = pl.when(raw >= start).then(pl.lit(name)).otherwise(band)
    no_score = pl.when(pl.col("n_answered") == 0).then(pl.lit(NO_ANSWERS))
    return frame.with_columns(raw_score=raw.round(DIGITS)).with_columns(
        instrument=pl.lit(instrument.name),
        scale=pl.lit(scale.name),
        score_0_100=((raw - low) / (high - low) * 100).round(DIGITS),
        band=band,
        problem=pl.when(raw.is_null()).then(no_score.otherwise(pl.lit(TOO_FEW_ANSWERS))),
        _scale=pl.lit(position),
    )
