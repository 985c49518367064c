"""How consistently the items of a scale measure one thing: Cronbach's alpha."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.measurement.instruments import Instrument, Scale
from pipelines.measurement.scoring import KEY, read_answers, reversed_answers

NO_COMPLETE = "fewer than 2 complete responses"
NO_VARIATION = "all complete responses have the same score"
ONE_ITEM = "a single item has no internal consistency"
NO_ITEMS = "made of other scales"


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


def scale_reliability(items: pl.DataFrame, instrument: Instrument) -> pl.DataFrame:
    """Per scale: instrument, scale, n_complete (responses), cronbach_alpha, reason (if NULL)."""
    answers = read_answers(items, instrument)
    rows = [_reliability(answers, instrument, scale) for scale in instrument.scales]
    schema = {
        "instrument": pl.String,
        "scale": pl.String,
        "n_complete": pl.Int64,
        "cronbach_alpha": pl.Float64,
        "reason": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _reliability(
    answers: pl.DataFrame, instrument: Instrument, scale: Scale
) -> tuple[str, str, int | None, float | None, str | None]:
    if not scale.items:
        return instrument.name, scale.name, None, None, NO_ITEMS
    complete = (
        reversed_answers(answers, instrument, scale)
        .pivot("item", index=KEY, values="answer")
        .drop(KEY)
        .drop_nulls()
    )
    n_complete = complete.height
    if len(scale.items) < 2:
        return instrument.name, scale.name, n_complete, None, ONE_ITEM
    if n_complete < 2:
        return instrument.name, scale.name, n_complete, None, NO_COMPLETE
    alpha = cronbach_alpha(complete.to_numpy())
    if np.isnan(alpha):
        return instrument.name, scale.name, n_complete, None, NO_VARIATION
    return instrument.name, scale.name, n_complete, alpha, None
