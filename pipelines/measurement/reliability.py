"""How consistently the items of a scale measure one thing: Cronbach's alpha."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.core.status import NOT_REPORTABLE, SHOWN, TOO_LITTLE_DATA, Status
from pipelines.measurement.instruments import Instrument, Scale, load_instruments
from pipelines.measurement.responses import ScoredResponses
from pipelines.measurement.scoring import KEY, reversed_answers

NO_COMPLETE = "too few complete responses"
NO_VARIATION = "all complete responses have the same score"
ONE_ITEM = "a single item has no internal consistency"
NO_ITEMS = "made of other scales"
AS_DELIVERED = "delivered as a score, without its items"

RELIABILITY_SCHEMA: dict[str, pl.DataType] = {
    "instrument": pl.String(),
    "scale": pl.String(),
    "n_complete": pl.Int64(),
    "cronbach_alpha": pl.Float64(),
    "status": pl.String(),
    "reason": pl.String(),
}
SCALE_SUMMARY_SCHEMA: dict[str, pl.DataType] = {
    "instrument": pl.String(),
    "scale": pl.String(),
    "n_people": pl.Int64(),
    "n_responses": pl.Int64(),
    "n_scored": pl.Int64(),
    "n_not_numbers": pl.Int64(),
    "n_out_of_range": pl.Int64(),
    "n_complete": pl.Int64(),
    "cronbach_alpha": pl.Float64(),
    "status": pl.String(),
    "reason": pl.String(),
}


def cronbach_alpha(answers: NDArray[np.float64]) -> float:
    """Raw alpha of complete answers (responses x items), already reversed where due.

    NaN with fewer than two responses or items, and where all responses have the same sum.
    """
    n_responses, n_items = answers.shape
    if n_responses < 2 or n_items < 2:
        return float("nan")
    of_sum = float(answers.sum(axis=1).var(ddof=1))
    if of_sum <= 0.0:
        return float("nan")
    of_items = float(answers.var(axis=0, ddof=1).sum())
    return float(n_items / (n_items - 1) * (1.0 - of_items / of_sum))


def scale_reliability(answers: pl.DataFrame, instrument: Instrument) -> pl.DataFrame:
    """Per scale: instrument, scale, n_complete (responses), cronbach_alpha, status and reason.

    Scales that can have no alpha by their make are shown, with a note.
    ``answers`` are those of `read_answers` for the instrument.
    """
    rows = [_reliability(answers, instrument, scale) for scale in instrument.scales]
    return pl.DataFrame(rows, schema=RELIABILITY_SCHEMA, orient="row")


def summarise_scales(scored: ScoredResponses) -> pl.DataFrame:
    """How each scale of each questionnaire was answered (`SCALE_SUMMARY_SCHEMA`).

    All responses count, also several of one person.
    """
    people = scored.responses.select(KEY, "employee_id")
    counted = (
        scored.scales.join(people, on=KEY)
        .group_by("instrument", "scale")
        .agg(
            n_people=pl.col("employee_id").n_unique(),
            n_responses=pl.len(),
            n_scored=pl.col("raw_score").count(),
            n_not_numbers=pl.col("n_not_numbers").sum(),
            n_out_of_range=pl.col("n_out_of_range").sum(),
        )
    )
    reliability = pl.concat(
        scale_reliability(scored.answers.filter(instrument=name), instrument)
        for name, instrument in load_instruments().items()
    )
    return (
        counted.join(reliability, on=["instrument", "scale"], how="left")
        .with_columns(
            status=pl.col("status").fill_null(SHOWN),
            reason=pl.when(pl.col("cronbach_alpha").is_null()).then(
                pl.col("reason").fill_null(AS_DELIVERED)
            ),
        )
        .sort("instrument", "scale")
        .select(pl.col(name).cast(kind) for name, kind in SCALE_SUMMARY_SCHEMA.items())
    )


def _reliability(
    answers: pl.DataFrame, instrument: Instrument, scale: Scale
) -> tuple[str, str, int | None, float | None, Status, str | None]:
    named = (instrument.name, scale.name)
    if not scale.items:
        return *named, None, None, SHOWN, NO_ITEMS
    complete = (
        reversed_answers(answers, instrument, scale)
        .pivot("item", index=KEY, values="answer")
        .drop(KEY)
        .drop_nulls()
    )
    n_complete = complete.height
    if len(scale.items) < 2:
        return *named, n_complete, None, SHOWN, ONE_ITEM
    if n_complete < 2:
        return *named, n_complete, None, TOO_LITTLE_DATA, NO_COMPLETE
    alpha = cronbach_alpha(complete.to_numpy())
    if np.isnan(alpha):
        return *named, n_complete, None, NOT_REPORTABLE, NO_VARIATION
    return *named, n_complete, alpha, SHOWN, None
