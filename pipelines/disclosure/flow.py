"""The steps from roster to analysis, merged until no two numbers differ by a small group."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pipelines.core.status import SUPPRESSED, words


def released_trial_flow(flow: pl.DataFrame, min_group: int) -> pl.DataFrame:
    """Return `outcomes.trial_flow` without steps at which only few people left.

    The last step stays, because the comparison shows its total; walking back from it, a step stays
    if nobody or at least ``min_group`` people left between it and the next one that stays. Who left
    at a single step is shown only where that step and the one before it both stay.
    """
    ordered = flow.sort("step_number")
    is_kept = _kept_steps(ordered["n_people"].to_list(), min_group)
    is_left_kept = [
        kept and (position == 0 or is_kept[position - 1]) for position, kept in enumerate(is_kept)
    ]
    people_kept, left_kept = pl.Series(is_kept), pl.Series(is_left_kept)
    both = people_kept & left_kept
    return ordered.with_columns(
        n_people=pl.when(people_kept).then("n_people"),
        n_left=pl.when(left_kept).then("n_left"),
        status=pl.when(both).then("status").otherwise(pl.lit(SUPPRESSED)),
        reason=pl.when(both).then("reason").otherwise(pl.lit(words(SUPPRESSED))),
    )


def _kept_steps(n_people: Sequence[int], min_group: int) -> list[bool]:
    is_kept = [False] * len(n_people)
    next_kept = 0
    for position in reversed(range(len(n_people))):
        fewer = n_people[position] - next_kept
        if fewer == 0 or fewer >= min_group:
            is_kept[position] = True
            next_kept = n_people[position]
    return is_kept
