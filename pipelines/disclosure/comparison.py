"""From rows of the comparison to rows that leave: suppressed ones emptied, the rest rounded.

Differences and ratios are made of unrounded figures and rounded themselves; the step of a
difference is that of the smaller arm. The verdict follows the interval that is shown. A step is
made of facts, or is 1, 2 or 5 times a power of ten, so that it tells nothing itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import polars as pl

from pipelines.contracts.tables import load_metrics
from pipelines.core.parts import CROSS
from pipelines.core.rounding import (
    coarse_mean_step,
    count_to_grid,
    limits,
    mean_step,
    ratio_limits,
    share_limits,
    share_step,
    to_grid,
    widened,
)
from pipelines.core.status import (
    NO_DATA,
    SHOWN,
    SUPPRESSED,
    TOO_EARLY,
    TOO_LITTLE_DATA,
    suppressed,
    words,
)
from pipelines.disclosure.confidentiality import KINDS_OF_EXIT, Protection
from pipelines.disclosure.thresholds import lacking
from pipelines.estimators.results import ALL_PEOPLE, COMPARISON_SCHEMA, OUTCOMES
from pipelines.estimators.verdict import verdict_word

_PRIVATE = ("n_coaches_a", "n_coaches_b", "n_leavers_a", "n_leavers_b", "is_alike", "spread")
RELEASED_SCHEMA: dict[str, pl.DataType] = {
    **{name: kind for name, kind in COMPARISON_SCHEMA.items() if name not in _PRIVATE},
    "unit": pl.String(),
    "confidentiality": pl.String(),
    "rounding_a": pl.Float64(),
    "rounding_b": pl.Float64(),
    "rounding": pl.Float64(),
}
"""The columns of the released comparison."""
_NUMBERS = (
    "n_people_a", "n_people_b", "n_events_a", "n_events_b", "value_a", "value_b", "estimate",
    "std_error", "conf_low", "conf_high",
)  # fmt: skip
_FIGURES = _NUMBERS[4:]
FACT_DECIMALS = 9
"""Decimals of what is plain fact."""
ALL_LEAVERS = "any_exit"
_RATIOS = ("risk_ratio", "rate_ratio")
_BAND = ("_std_error", "_conf_low", "_conf_high")
"""What a kind of exit's share has beside it on a day of the curve."""
_FACTS_OF_CURVE = (
    "survival", "std_error", "conf_low", "conf_high",
    "clustered_std_error", "clustered_conf_low", "clustered_conf_high",
)  # fmt: skip
_Row = dict[str, Any]


def released_comparison(decided: pl.DataFrame, protection: Protection) -> pl.DataFrame:
    """Return the comparison as it may be shown.

    ``decided`` comes from `thresholds.decide`. Two divisions at a time are listed only where there
    is a verdict: the rest of those parts would be thousands of rows that say nothing.
    """
    lower_is_better = {
        metric.outcome: metric.direction == "lower_is_better" for metric in load_metrics()
    }
    hidden = {ALL_PEOPLE: _why_hidden(decided, protection)}
    rows = [
        _released(
            row,
            protection,
            lower_is_better.get(row["outcome"], True),
            hidden.get(row["segment"], words(SUPPRESSED)),
        )
        for row in decided.to_dicts()
        if row["status"] == SHOWN or CROSS not in row["segment"]
    ]
    return pl.DataFrame(rows, schema=RELEASED_SCHEMA)


def _why_hidden(decided: pl.DataFrame, protection: Protection) -> str:
    """Return why a row of everybody is hidden: where it is a fact, what there is too little of."""
    lack = lacking(decided, protection)
    if lack is None:
        return words(SUPPRESSED)
    floor = protection.min_group if lack == "people" else protection.min_coaches
    return suppressed(f"fewer than {floor} {lack} in one of the groups or both").reason


def _released(row: _Row, protection: Protection, is_lower_better: bool, why_hidden: str) -> _Row:
    steps = {"rounding_a": None, "rounding_b": None, "rounding": None}
    told = {name: row.get(name) for name in RELEASED_SCHEMA} | steps
    if row["status"] == SUPPRESSED:
        return told | dict.fromkeys(_NUMBERS) | {"reason": why_hidden}
    if row["status"] == NO_DATA:
        return told | _without_small_counts(row, protection)
    if row["status"] == TOO_EARLY and is_few_so_far(row, protection):
        return told | dict.fromkeys(_NUMBERS) | _people_so_far(row, protection)
    base = protection.base_of(row["confidentiality"], row["outcome"], row["segment"])
    if base:
        return _rounded(told, row["spread"], base, is_lower_better)
    return told | {name: fact_figure(row[name], protection) for name in _FIGURES}


def fact_figure(value: float | None, protection: Protection) -> float | None:
    """A figure of plain fact without its last digits.

    It is a sum over kinds of exit, and the last of sixteen digits tell in which order it was added.
    """
    return value if value is None or not protection.grid else round(value, FACT_DECIMALS)


def is_few_so_far(row: _Row, protection: Protection) -> bool:
    """Whether too few are in an arm, have a value or have left for more than people to be told."""
    if row["outcome"] not in OUTCOMES or _is_few_people(row, protection):
        return True
    if protection.is_exit_kind_open or row["outcome"] not in KINDS_OF_EXIT:
        return False
    n_left = min(row["n_leavers_a"], row["n_leavers_b"])
    return n_left < protection.min_leavers or bool(row["is_alike"])


def _is_few_people(row: _Row, protection: Protection) -> bool:
    return any(
        row[f"n_people_{arm}"] < protection.min_group
        or row[f"n_coaches_{arm}"] < protection.min_coaches
        for arm in "ab"
    )


def _people_so_far(row: _Row, protection: Protection) -> _Row:
    """Return who is followed where both arms have enough; nobody's value counts yet."""
    names = ("n_people_a", "n_people_b")
    is_told = row["outcome"] in OUTCOMES and not _is_few_people(row, protection)
    return {name: row[name] if is_told else None for name in names}


def _without_small_counts(row: _Row, protection: Protection) -> _Row:
    """Return what is shown of one arm where the other has nobody: its people, if enough."""
    counts: _Row = {"n_events_a": None, "n_events_b": None}
    base = 0 if row["outcome"] in OUTCOMES else protection.base(row["confidentiality"])
    for arm in "ab":
        n_people, n_coaches = row[f"n_people_{arm}"], row[f"n_coaches_{arm}"]
        is_few = n_people is None or (
            n_people > 0 and (n_people < protection.min_group or n_coaches < protection.min_coaches)
        )
        counts[f"n_people_{arm}"] = None if is_few else count_to_grid(n_people, base)
    return counts


def _rounded(row: _Row, spread: float | None, base: int, is_lower_better: bool) -> _Row:
    """Put every figure of a row on its grid."""
    counted = {name: count_to_grid(row[name], base) for name in ("n_events_a", "n_events_b")}
    if row["outcome"] not in OUTCOMES:
        people = {name: count_to_grid(row[name], base) for name in ("n_people_a", "n_people_b")}
        counted |= people
    row = row | counted
    step_a, step_b = (_step(row, arm, spread, base) for arm in "ab")
    for arm, step in (("a", step_a), ("b", step_b)):
        value = to_grid(row[f"value_{arm}"], step)
        # A step beside a withheld figure would tell how far its people differ.
        row |= {f"value_{arm}": value, f"rounding_{arm}": None if value is None else step}
    if row["estimate"] is None or not step_a or not step_b:
        return row
    return _with_estimate(row, max(step_a, step_b), is_lower_better)


def _step(row: _Row, arm: str, spread: float | None, base: int) -> float | None:
    n = row[f"n_people_{arm}"]
    if row["outcome"] not in OUTCOMES:
        return coarse_mean_step(base, spread, n)
    if row["estimand"] != "rmst_difference_days":
        return share_step(base, n)
    return mean_step(base, spread, n)  # the spread of all leavers' days, which is fact


def _with_estimate(row: _Row, step: float, is_lower_better: bool) -> _Row:
    """Round the difference or ratio, carry the rounding in its error, and read the verdict anew."""
    is_ratio = row["estimand"] in _RATIOS
    exact, error, high = row["estimate"], row["std_error"], row["conf_high"]
    if is_ratio:
        step = step / max(row["value_b"], row["rounding_b"])
    estimate = to_grid(exact, step)
    std_error = widened(error, step)
    quantile = None
    if error and high is not None:
        distance = math.log(high / exact) * exact if is_ratio else high - exact
        quantile = distance / error
    told: _Row = {"rounding": step, "estimate": estimate, "std_error": std_error}
    if quantile is None or estimate is None or std_error is None or (is_ratio and estimate <= 0.0):
        told |= {"conf_low": None, "conf_high": None}
        return _without_verdict(row | told)
    limits_of = ratio_limits if is_ratio else limits
    low, top = limits_of(estimate, std_error, quantile, step)
    told |= {"conf_low": low, "conf_high": top}
    if row["status"] == SHOWN:
        is_lower = is_lower_better != (row["estimand"] == "rmst_difference_days")
        told["verdict"] = verdict_word(low, top, float(is_ratio), is_lower_better=is_lower)
    return row | told


def _without_verdict(row: _Row) -> _Row:
    """What a row says whose interval is lost in the rounding."""
    if row["status"] != SHOWN:
        return row
    reason = "the figure is too small to be told apart from its rounding"
    return row | {"status": TOO_LITTLE_DATA, "verdict": "too_little_data", "reason": reason}


def released_curve(
    curve: pl.DataFrame,
    horizon_days: tuple[int, ...],
    protection: Protection,
    is_shown: bool,
    are_kinds_shown: bool,
    early: tuple[int, ...] = (),
) -> pl.DataFrame:
    """Return `outcomes.retention_curve` as it may be shown.

    From the first day with fewer than ``min_group`` at risk on everything is suppressed, whatever
    the days after it say: they hold the same few people. How people left moves only once
    ``min_leavers`` have left since it last moved and as many follow until the next horizon, where
    the comparison tells it; it is rounded to the grid. Without ``is_shown`` all is suppressed,
    without ``are_kinds_shown`` how people left is. A horizon that the comparison calls too early
    (``early``) is so here where nobody has been followed to it: dates decide first.
    """
    kinds = [
        name for name in curve.columns if name.startswith(KINDS_OF_EXIT) or name == "other_exit"
    ]
    keys = ["design", "segment", "segment_value", "arm"]
    told = [
        _arm_curve(own.sort("day"), horizon_days, protection)
        for _, own in curve.group_by(keys, maintain_order=True)
    ]
    rounded = pl.concat(told) if told else curve
    if protection.grid:
        facts = [name for name in _FACTS_OF_CURVE if name in curve.columns]
        rounded = rounded.with_columns(pl.col(facts).round(FACT_DECIMALS))
    if not are_kinds_shown:
        rounded = rounded.with_columns(pl.lit(None, pl.Float64).alias(name) for name in kinds)
    few = pl.col("at_risk") < protection.min_group
    is_end = few.fill_null(value=False).cast(pl.Int8).cum_max().over(keys, order_by="day") == 1
    hidden = is_end | pl.lit(not is_shown)
    values = [n for n in curve.columns if n not in (*keys, "day", "status", "reason")]
    is_early = (pl.col("status") == TOO_EARLY) & pl.col("day").is_in(early)
    is_dropped = hidden & ~is_early
    return rounded.with_columns(
        *(pl.when(~hidden).then(pl.col(name)).alias(name) for name in values),
        status=pl.when(is_dropped).then(pl.lit(SUPPRESSED)).otherwise("status"),
        reason=pl.when(is_dropped).then(pl.lit(words(SUPPRESSED))).otherwise("reason"),
    )


def _arm_curve(
    own: pl.DataFrame, horizon_days: tuple[int, ...], protection: Protection
) -> pl.DataFrame:
    """Let the kinds of exit of one curve (ascending days) step by enough leavers, and round."""
    base = protection.base(protection.class_of(KINDS_OF_EXIT[0]))
    n_people = own["at_risk"][0] if own.height else None
    if not base or not n_people:
        return own
    days, left = own["day"].to_list(), own["n_events"].fill_null(0).cum_sum().to_list()
    moves = step_days(days, left, horizon_days, protection.min_leavers)
    step = share_step(base, n_people)
    columns: dict[str, list[float | None]] = {}
    for name in (each for each in (*KINDS_OF_EXIT, "other_exit") if each in own.columns):
        parts = [each for each in _BAND if f"{name}{each}" in own.columns]
        exact = own.select(f"{name}{part}" for part in ("", *parts)).rows()
        rows = _stepwise(exact, moves, step) if step else exact
        told = zip(*rows, strict=True)
        columns |= {
            f"{name}{part}": list(one) for part, one in zip(("", *parts), told, strict=True)
        }
    return own.with_columns(
        pl.Series(name, values, dtype=pl.Float64) for name, values in columns.items()
    )


def _stepwise(
    exact: Sequence[tuple[float | None, ...]], moves: Sequence[bool], step: float
) -> list[tuple[float | None, ...]]:
    """Return a share with its error and limits day by day: rounded, still where nothing moves."""
    told: list[tuple[float | None, ...]] = []
    last: tuple[float | None, ...] = (0.0, *[None] * (len(exact[0]) - 1))
    for share, *band in exact:
        if share is None:
            told.append((None,) * len(last))
            continue
        if moves[len(told)]:
            last = (to_grid(share, step), *_rounded_band(share, band, step))
        told.append(last)
    return told


def _rounded_band(
    share: float, band: Sequence[float | None], step: float
) -> Sequence[float | None]:
    """Return error and limits about the rounded share; the error in half steps, rounded up.

    Told day after day, an error in tenths would tell how many left in which way.
    """
    if not band or None in band:
        return [None] * len(band)
    error, _, high = (each or 0.0 for each in band)
    if not error or not 0.0 < share < high < 1.0:  # of nobody, of everybody, or of any share at all
        return [None] * len(band)
    log_share = math.log(share)
    quantile = math.log(log_share / math.log(high)) * share * -log_share / error
    half = step / 2
    coarse = math.ceil(math.hypot(error, step / math.sqrt(12.0)) / half) * half
    return [coarse, *share_limits(to_grid(share, step) or 0.0, quantile * coarse, step)]


def step_days(
    days: list[int], left: list[int], horizon_days: tuple[int, ...], min_leavers: int
) -> list[bool]:
    """Return on which ascending days a curve may move, given who has ``left`` by then."""
    moves: list[bool] = []
    last = 0
    for position, (day, so_far) in enumerate(zip(days, left, strict=True)):
        later = (left[k] for k in range(position, len(days)) if days[k] in horizon_days)
        to_next = next(later, so_far)
        is_enough = so_far - last >= min_leavers and (
            to_next == so_far or to_next - so_far >= min_leavers
        )
        is_moved = day in horizon_days or is_enough
        last = so_far if is_moved else last
        moves.append(is_moved)
    return moves
