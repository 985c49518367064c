"""Hiding small groups in tables of results, on their way out of the private folder.

A hidden value is NULL and the row's ``reason`` begins with "hidden for privacy"; it is never 0.
Each rule takes the frame of one published table and the size below which a group is small, and
returns a frame with the same columns and rows. What these rules promise is one table at a time:
no sum or difference over the rows of the released table gives a hidden number back.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pipelines.privacy.parts import PART_HIDDEN, hidden_parts

CURVE_KEYS = ("design", "segment", "segment_value", "arm")
COMPARISON_VALUES = (
    "n_people_a",
    "n_people_b",
    "n_events_a",
    "n_events_b",
    "value_a",
    "value_b",
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
)


def hidden_reason(min_group: int) -> str:
    """The words in the place of a hidden value."""
    return f"hidden for privacy: fewer than {min_group} people"


def suppress_retention_curve(frame: pl.DataFrame, min_group: int) -> pl.DataFrame:
    """Hide every day of a curve from the first day with fewer than ``min_group`` at risk on.

    The days after it are hidden too, whatever they say: they hold the same few people. An event
    count spans the days since the row before, so a hidden row's count isn't in any other row.
    """
    is_small = pl.col("at_risk") < min_group
    is_hidden = is_small.fill_null(False).cast(pl.Int8).cum_max().over(CURVE_KEYS, order_by="day")
    shown = {*CURVE_KEYS, "day", "reason"}
    values = [name for name in frame.columns if name not in shown]
    return _hide(frame, is_hidden == 1, values, min_group)


def suppress_comparison(frame: pl.DataFrame, min_group: int) -> pl.DataFrame:
    """Hide every number of a row in which either arm has fewer than ``min_group`` people.

    Both arms' counts go: one of them and the people in the analysis together would give the other.
    Where people are divided into parts, further parts are hidden until what is shown of the others
    and of everybody gives no small number back; see `pipelines.privacy.parts`.
    """
    is_small = _is_small("n_people_a", min_group) | _is_small("n_people_b", min_group)
    whole = _hide(_not_reportable(frame, is_small), is_small, COMPARISON_VALUES, min_group)
    is_part_hidden = hidden_parts(whole, min_group)
    reason = pl.when(is_part_hidden).then(pl.lit(PART_HIDDEN)).otherwise(pl.col("reason"))
    return _hide(
        _not_reportable(whole, is_part_hidden), is_part_hidden, COMPARISON_VALUES, min_group
    ).with_columns(reason=reason)


def _not_reportable(frame: pl.DataFrame, is_hidden: pl.Expr | pl.Series) -> pl.DataFrame:
    word = pl.when(is_hidden).then(pl.lit("not_reportable")).otherwise(pl.col("verdict"))
    return frame.with_columns(verdict=word)


def suppress_trial_flow(frame: pl.DataFrame, min_group: int) -> pl.DataFrame:
    """Hide steps until no two numbers that stay differ by a small group.

    ``frame`` has ``n_people`` who got past each step and ``n_left`` who didn't, as
    ``outcomes.trial_flow``. The last step stays where it is large enough, because the comparison
    shows its total; walking back from it, a step stays if nobody or at least ``min_group`` people
    left between it and the next one that stays. Who left at a single step is shown only where
    that step and the one before it both stay, so a small number is always merged with others.
    """
    ordered = frame.sort("step_number")
    is_kept = _kept_steps(ordered["n_people"].to_list(), min_group)
    is_left_kept = [
        kept and (position == 0 or is_kept[position - 1]) for position, kept in enumerate(is_kept)
    ]
    people_kept = pl.Series(is_kept, dtype=pl.Boolean)
    left_kept = pl.Series(is_left_kept, dtype=pl.Boolean)
    return ordered.with_columns(
        n_people=pl.when(people_kept).then("n_people"),
        n_left=pl.when(left_kept).then("n_left"),
        reason=pl.when(people_kept & left_kept)
        .then("reason")
        .otherwise(pl.lit(f"{hidden_reason(min_group)} left at this step or next to it")),
    )


def suppress_small_groups(frame: pl.DataFrame, min_group: int) -> pl.DataFrame:
    """Hide every number of a row that is about fewer than ``min_group`` people (``n_people``).

    For tables whose rows are about overlapping people and don't add up; texts stay.
    """
    values = [name for name, kind in frame.schema.items() if kind.is_numeric()]
    return _hide(frame, _is_small("n_people", min_group), values, min_group)


def _kept_steps(n_people: Sequence[int], min_group: int) -> list[bool]:
    """Which of the falling numbers may be shown; see `suppress_trial_flow`."""
    is_kept = [False] * len(n_people)
    next_kept: int | None = None
    for position in reversed(range(len(n_people))):
        count = n_people[position]
        fewer = count - (next_kept if next_kept is not None else 0)
        if fewer == 0 or fewer >= min_group:
            is_kept[position] = True
            next_kept = count
    return is_kept


def _is_small(column: str, min_group: int) -> pl.Expr:
    """Whether a count is above 0 and under the floor; an unknown count isn't."""
    return pl.col(column).is_between(1, min_group - 1).fill_null(False)


def _hide(
    frame: pl.DataFrame, is_hidden: pl.Expr | pl.Series, values: Sequence[str], min_group: int
) -> pl.DataFrame:
    """NULL in ``values`` and the reason for it where ``is_hidden``."""
    hidden = pl.col("_is_hidden")
    return (
        frame.with_columns(_is_hidden=is_hidden)
        .with_columns(
            *(pl.when(~hidden).then(pl.col(name)).alias(name) for name in values),
            reason=pl.when(hidden)
            .then(pl.lit(hidden_reason(min_group)))
            .otherwise(pl.col("reason")),
        )
        .drop("_is_hidden")
    )
