"""Coaching style from coded behaviours, beside the label, and how far raters agree on them.

The balance of a session is the share of the coded compassionate behaviours that were seen minus
the share of the coded compliance behaviours that were seen: 1 is all of the one and none of the
other, -1 the reverse. It needs at least half of each kind coded. Its sign is the style that the
behaviours speak for; a balance of exactly 0 speaks for neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.contracts.behaviours import (
    BEHAVIOURS,
    COMPASSIONATE_BEHAVIOURS,
    COMPLIANCE_BEHAVIOURS,
)
from pipelines.core.parts import BALANCE, CODED_LABELS
from pipelines.core.status import NO_DATA, NOT_REPORTABLE, Absence
from pipelines.measurement.agreement import (
    NOTHING_COMPARED,
    Agreement,
    Metric,
    cohen_kappa,
    icc_one_way,
    icc_two_way,
    krippendorff_alpha,
)

COMPASSIONATE, COMPLIANCE = CODED_LABELS
"""The two styles that behaviours can speak for; only labels with these words are judged."""
OWN_LABELS = f"behaviours speak for the labels {COMPASSIONATE} and {COMPLIANCE} alone"
"""Why labels of an organisation's own can't be held against what is done."""
ONE_LABEL = "no kappa: sessions have one of the two labels only"
MIN_COMPASSIONATE_CODED = 5
MIN_COMPLIANCE_CODED = 2

STYLE_AGREEMENT_SCHEMA: dict[str, pl.DataType] = {
    "style_a": pl.String(),
    "style_b": pl.String(),
    "n_sessions": pl.Int64(),
    "n_labelled": pl.Int64(),
    "n_coded": pl.Int64(),
    "n_undecided": pl.Int64(),
    "n_compared": pl.Int64(),
    "n_people": pl.Int64(),
    "n_coaches": pl.Int64(),
    "agreement_share": pl.Float64(),
    "kappa": pl.Float64(),
    "conf_low": pl.Float64(),
    "conf_high": pl.Float64(),
    "conf_level": pl.Float64(),
    "status": pl.String(),
    "reason": pl.String(),
}
RATER_AGREEMENT_SCHEMA: dict[str, pl.DataType] = {
    "behaviour": pl.String(),
    "statistic": pl.String(),
    "n_sessions": pl.Int64(),
    "n_people": pl.Int64(),
    "n_coaches": pl.Int64(),
    "n_raters": pl.Int64(),
    "estimate": pl.Float64(),
    "conf_low": pl.Float64(),
    "conf_high": pl.Float64(),
    "conf_level": pl.Float64(),
    "status": pl.String(),
    "reason": pl.String(),
}


def behaviour_balance() -> pl.Expr:
    """The balance of the behaviour columns (booleans); NULL with too few coded of either kind."""
    return (
        _share_seen(COMPASSIONATE_BEHAVIOURS, MIN_COMPASSIONATE_CODED)
        - _share_seen(COMPLIANCE_BEHAVIOURS, MIN_COMPLIANCE_CODED)
    ).alias(BALANCE)


def _share_seen(behaviours: Sequence[str], min_coded: int) -> pl.Expr:
    n_coded = pl.sum_horizontal(pl.col(behaviours).is_not_null())
    n_seen = pl.sum_horizontal(pl.col(behaviours).fill_null(False))
    return pl.when(n_coded >= min_coded).then(n_seen / n_coded)


def style_agreement(sessions: pl.DataFrame, *, conf_level: float = 0.95) -> pl.DataFrame:
    """One row: how often the label and the behaviours say the same (`STYLE_AGREEMENT_SCHEMA`).

    ``sessions`` has agent_key, coach_key, style and style_from_behaviours. Compared are those
    whose label is one of the two styles and whose behaviours speak for one of them. The range of
    kappa is robust to sessions of one coach being alike.
    """
    both = [COMPASSIONATE, COMPLIANCE]
    labelled = sessions.filter(pl.col("style").is_in(both))
    coded = labelled.filter(pl.col("style_from_behaviours").is_not_null())
    compared = coded.filter(pl.col("style_from_behaviours").is_in(both))
    kappa = cohen_kappa(
        _codes(compared["style"] == COMPASSIONATE),
        _codes(compared["style_from_behaviours"] == COMPASSIONATE),
        _numbers(compared["coach_key"]),
        conf_level=conf_level,
    )
    if compared["style"].n_unique() == 1:  # what chance gives can't be told of one label
        kappa = Agreement(compared.height, None, reason=ONE_LABEL)
    is_same = (compared["style"] == compared["style_from_behaviours"]).cast(pl.Float64)
    row = {
        "style_a": COMPASSIONATE,
        "style_b": COMPLIANCE,
        "n_sessions": sessions.height,
        "n_labelled": labelled.height,
        "n_coded": coded.height,
        "n_undecided": coded.height - compared.height,
        "n_compared": compared.height,
        "n_people": compared["agent_key"].n_unique(),
        "n_coaches": compared["coach_key"].n_unique(),
        "agreement_share": is_same.mean(),
        "kappa": kappa.estimate,
        **_range(kappa, conf_level),
    }
    if not compared.height:
        row |= _why_not_compared(sessions, labelled, coded).columns()
    return pl.DataFrame([row], schema=STYLE_AGREEMENT_SCHEMA)


def _why_not_compared(
    sessions: pl.DataFrame, labelled: pl.DataFrame, coded: pl.DataFrame
) -> Absence:
    """Why no session's label is held against its behaviours: what holds of every session."""
    if coded.height:
        return Absence(NO_DATA, "the coded behaviours speak for neither kind in any session")
    if not sessions["style_from_behaviours"].count():
        return Absence(NO_DATA, "no session has enough coded behaviours")
    if not sessions["style"].count():
        return Absence(NO_DATA, "no session has a label")
    if not labelled.height:
        return Absence(NOT_REPORTABLE, f"{OWN_LABELS}, and no session has one of these")
    return Absence(NO_DATA, "no session has both a label and enough coded behaviours")


def rater_agreement(ratings: pl.DataFrame, *, seed: int, conf_level: float = 0.95) -> pl.DataFrame:
    """Per behaviour, and for the balance, how far raters of one session agree.

    ``ratings`` has one row per session_id and rater_id, with employee_id, coach_id and the
    fourteen behaviours. Behaviours get Krippendorff's alpha (nominal); the balance gets alpha
    (interval) and an intraclass correlation of one rating: ``icc_2_1`` where the same raters
    coded every session, else ``icc_1``. Returns `RATER_AGREEMENT_SCHEMA`, also where no session
    was coded twice.
    """
    coded = ratings.with_columns(
        *(pl.col(name).cast(pl.Float64) for name in BEHAVIOURS), behaviour_balance()
    )
    rows: list[dict[str, Any]] = []
    for name in (*BEHAVIOURS, BALANCE):
        paired = _coded_twice(coded, name)
        matrix, coaches = _matrix(paired, name), _coaches(paired)
        metric: Metric = "interval" if name == BALANCE else "nominal"
        alpha = krippendorff_alpha(matrix, metric, coaches, seed=seed, conf_level=conf_level)
        rows.append(_row(paired, name, "krippendorff_alpha", alpha, conf_level))
        if name == BALANCE:
            is_crossed = matrix.size > 0 and paired["rater_id"].n_unique() == matrix.shape[1]
            is_crossed = is_crossed and bool(np.isfinite(matrix).all())
            icc = (icc_two_way if is_crossed else icc_one_way)(matrix, conf_level=conf_level)
            statistic = "icc_2_1" if is_crossed else "icc_1"
            rows.append(_row(paired, name, statistic, icc, conf_level))
    return pl.DataFrame(rows, schema=RATER_AGREEMENT_SCHEMA)


def _coded_twice(coded: pl.DataFrame, name: str) -> pl.DataFrame:
    """The ratings of sessions in which at least two raters coded the behaviour."""
    return (
        coded.filter(pl.col(name).is_not_null())
        .filter(pl.len().over("session_id") >= 2)
        .sort("session_id", "rater_id")
    )


def _matrix(paired: pl.DataFrame, name: str) -> NDArray[np.float64]:
    """Sessions x their first, second … rater; NaN where a session has fewer."""
    if paired.is_empty():
        return np.empty((0, 2))
    place = pl.int_range(pl.len()).over("session_id").alias("place")
    wide = paired.select("session_id", place, name).pivot(
        "place", index="session_id", values=name, sort_columns=True
    )
    return wide.sort("session_id").drop("session_id").cast(pl.Float64).to_numpy()


def _coaches(paired: pl.DataFrame) -> NDArray[np.int64]:
    """The number of each session's coach, in the order of `_matrix`."""
    first = paired.group_by("session_id").agg(pl.col("coach_id").first()).sort("session_id")
    return _numbers(first["coach_id"])


def _row(
    paired: pl.DataFrame, name: str, statistic: str, agreement: Agreement, conf_level: float
) -> dict[str, Any]:
    return {
        "behaviour": name,
        "statistic": statistic,
        "n_sessions": paired["session_id"].n_unique(),
        "n_people": paired["employee_id"].n_unique(),
        "n_coaches": paired["coach_id"].n_unique(),
        "n_raters": paired["rater_id"].n_unique(),
        "estimate": agreement.estimate,
        **_range(agreement, conf_level),
        **(NOTHING_COMPARED.columns() if paired.is_empty() else {}),
    }


def _range(agreement: Agreement, conf_level: float) -> dict[str, Any]:
    return {
        "conf_low": agreement.conf_low,
        "conf_high": agreement.conf_high,
        "conf_level": conf_level,
        "status": agreement.status,
        "reason": agreement.reason,
    }


def _codes(is_first: pl.Series) -> NDArray[np.int64]:
    return is_first.cast(pl.Int64).to_numpy()


def _numbers(keys: pl.Series) -> NDArray[np.int64]:
    """A number for each key; sorted keys give the same numbers whatever the order of rows."""
    return keys.rank("dense").cast(pl.Int64).to_numpy()
