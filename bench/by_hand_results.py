"""From what the scripts by hand tell, and the pipeline's private tables, to where they differ.

In come what `bench/by_hand.py` and `bench/by_hand_adjusted.py` print, and the warehouse before
release; out comes a line for each figure that the two ways don't have in common. Points must be
equal: crude ones to the last digits, weighted ones to a hundred-millionth, since marts keep nine
decimals. An error from n draws is itself known to 1 / sqrt(2 n) of it (one standard deviation), 2.2
% for 1,000; four of these, 9 %, are allowed it, and as much of half an interval each limit.
"""

from __future__ import annotations

import math
from typing import Any

import polars as pl

from pipelines.core.warehouse import Connection, read_table

CRUDE, POINT, DEVIATIONS = 1e-9, 1e-8, 4


def crude_results(con: Connection, comparison: pl.DataFrame) -> dict[str, float]:
    """What the pipeline has for the crude script's questions, in its marts and estimates."""
    found: dict[str, float] = {}
    for row in _of_everybody(comparison, "unadjusted").iter_rows(named=True):
        if row["outcome"] != "any_exit":
            continue
        found["people"] = float(row["n_people_a"] + row["n_people_b"])
        for arm in "ab":
            found[f"any_exit {row['horizon_days']} {row[f'arm_{arm}']}"] = row[f"value_{arm}"]
    outcomes = read_table(con, "marts.episode_outcome").filter("is_window_complete")
    episodes = read_table(con, "marts.coaching_episode").select("agent_key", "arm")
    means = (
        outcomes.join(episodes, on="agent_key")
        .group_by("outcome", "horizon_days", "arm")
        .agg(pl.col("value").mean())
        .drop_nulls()
    )
    for outcome, days, arm, value in means.iter_rows():
        found[f"{outcome} {days} {arm}"] = value
    return found


def crude_differences(
    by_hand: dict[str, float], con: Connection, comparison: pl.DataFrame
) -> list[str]:
    """Where the crude script and the pipeline differ, or the pipeline is silent."""
    ours = crude_results(con, comparison)
    return [
        _told(name, value, ours.get(name))
        for name, value in by_hand.items()
        if _differ(value, ours.get(name), CRUDE * max(1, abs(value)))
    ]


def adjusted_differences(by_hand: dict[str, Any], comparison: pl.DataFrame) -> list[str]:
    """Where the adjusted script and the pipeline's weighted answer differ, or one is silent."""
    allowed = DEVIATIONS / math.sqrt(2 * by_hand["n_draws"])
    weighted = _of_everybody(comparison, "weighted")
    ours = {(row["outcome"], row["horizon_days"]): row for row in weighted.iter_rows(named=True)}
    found = []
    for theirs in by_hand["estimates"]:
        outcome, days = theirs["outcome"], theirs["horizon_days"]
        row = ours.get((outcome, days), {})
        half = ((row.get("conf_high") or 0) - (row.get("conf_low") or 0)) / 2
        found += [
            _told(f"adjusted {outcome} {days} {name}", theirs[name], row.get(name))
            for name, most in (
                *((name, POINT * max(1, abs(theirs[name]))) for name in _POINTS),
                ("std_error", allowed * (row.get("std_error") or 0)),
                ("conf_low", allowed * half),
                ("conf_high", allowed * half),
            )
            if _differ(theirs[name], row.get(name), most)
        ]
    return found


_POINTS = ("value_a", "value_b", "estimate")


def _of_everybody(comparison: pl.DataFrame, design: str) -> pl.DataFrame:
    """A design's differences among all people."""
    return comparison.filter(
        pl.col("design") == design,
        pl.col("segment") == "all",
        pl.col("estimand").is_in(["risk_difference", "mean_difference"]),
    )


def _differ(value: float, ours: float | None, most: float) -> bool:
    return ours is None or not abs(value - ours) <= most


def _told(name: str, value: float, ours: float | None) -> str:
    return f"{name}: by hand {value!r}, by the pipeline {ours!r}"
