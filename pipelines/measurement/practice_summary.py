"""The released practice table in; out come its gaps, and one row per topic of what they come to.

Everything is made of figures that are shown, so nothing that is hidden can be worked out from it.
Limits: two shares are told apart from `SHARES_APART` on and called
alike under `SHARES_ALIKE`; a coach gives both
kinds if the whole band lies within `MIXED`, one kind alone in the bands ``none`` and ``all``.
"""

from __future__ import annotations

import re
from typing import Any

import polars as pl

from pipelines.core.limits import MIXED, SHARES_ALIKE, SHARES_APART
from pipelines.core.status import NO_DATA, SHOWN, words
from pipelines.measurement.practice_counts import POOLED

PURE = ("none", "all")
_BY_KIND = ("behaviour", "trigger", "modality")
_BANDS = ("coach_mix", "people_per_coach")
PRACTICE_SUMMARY_SCHEMA: dict[str, pl.DataType] = {
    "topic": pl.String(),
    "conclusion": pl.String(),
    "most": pl.String(),
    "n_compared": pl.Int64(),
    "n_apart": pl.Int64(),
    "n_coaches": pl.Int64(),
    "n_mixed": pl.Int64(),
    "n_pure": pl.Int64(),
    "is_mostly_pure": pl.Boolean(),
    "status": pl.String(),
    "reason": pl.String(),
}
Row = dict[str, Any]


def with_gap(practice: pl.DataFrame, arm_a: str, arm_b: str) -> pl.DataFrame:
    """Add the difference of a measure's two kinds, first minus second; NULL unless both show.

    What stands together as too few to be told apart isn't the same in both kinds where another
    measure of the topic is told in one of them alone, and has no difference then.
    """
    key = ("topic", "measure")
    sides = [
        practice.filter(pl.col("arm") == arm).select(*key, pl.col("value").alias(name))
        for arm, name in ((arm_a, "_a"), (arm_b, "_b"))
    ]
    gaps = sides[0].join(sides[1], on=key).select(*key, gap=pl.col("_a") - pl.col("_b"))
    of_one = [
        one.drop_nulls().join(other.drop_nulls(), on=key, how="anti").select("topic")
        for one, other in (sides, sides[::-1])
    ]
    is_uneven = pl.col("topic").is_in(pl.concat(of_one)["topic"].to_list())
    gaps = gaps.filter(~(is_uneven & (pl.col("measure") == POOLED)))
    is_told_by_kind = pl.col("arm").is_not_null()
    joined = practice.drop("gap", strict=False).join(
        gaps, on=key, how="left", maintain_order="left"
    )
    return joined.with_columns(gap=pl.when(is_told_by_kind).then("gap"))


def practice_summary(practice: pl.DataFrame, arm_a: str) -> pl.DataFrame:
    """Return a row per topic; ``practice`` has its gaps. Topics without any row have none here."""
    rows = []
    for topic in (*_BY_KIND, *_BANDS):
        mine = practice.filter(pl.col("topic") == topic).sort("position", maintain_order=True)
        if mine.height:
            rows.append(_kinds(topic, mine, arm_a) if topic in _BY_KIND else _bands(topic, mine))
    empty = dict.fromkeys(PRACTICE_SUMMARY_SCHEMA)
    return pl.DataFrame([empty | row for row in rows], schema=PRACTICE_SUMMARY_SCHEMA)


def _kinds(topic: str, mine: pl.DataFrame, arm_a: str) -> Row:
    """Count the measures whose two shares are apart, and name the one that is most."""
    shown = mine.filter(pl.col("gap").is_not_null(), pl.col("arm") == arm_a)
    if shown.is_empty():
        return _without(topic, mine)
    sizes = [abs(gap) for gap in shown["gap"]]
    largest = max(sizes)
    n_apart = sum(size >= SHARES_APART for size in sizes)
    return {
        "topic": topic,
        "conclusion": "apart" if n_apart else "alike" if largest < SHARES_ALIKE else "close",
        "most": shown["measure"][sizes.index(largest)],
        "n_compared": len(sizes),
        "n_apart": n_apart,
        "status": SHOWN,
    }


def _bands(topic: str, mine: pl.DataFrame) -> Row:
    """Add up the coaches of the shown bands; of the mix, those who give both kinds or one."""
    bands = mine.filter(pl.col("value").is_not_null()).to_dicts()
    if not bands:
        return _without(topic, mine)
    n_coaches = sum(band["n_coaches"] for band in bands)
    told: Row = {
        "topic": topic,
        "most": max(bands, key=lambda band: band["n_coaches"])["measure"],
        "n_coaches": n_coaches,
        "status": SHOWN,
    }
    if topic != "coach_mix":
        return told
    n_mixed = sum(band["n_coaches"] for band in bands if _is_mixed(band["measure"]))
    pure = [band for band in bands if band["measure"] in PURE]
    n_pure = sum(band["n_coaches"] for band in pure)
    return told | {
        "conclusion": _mix(n_coaches, n_mixed, n_pure),
        "n_mixed": n_mixed,
        "n_pure": n_pure,
        "is_mostly_pure": sum(band["value"] for band in pure) >= 0.5,
    }


def _mix(n_coaches: int, n_mixed: int, n_pure: int) -> str:
    if 2 * n_mixed >= n_coaches:
        return "all_mixed" if n_mixed == n_coaches else "mostly_mixed"
    return "mostly_pure" if 2 * n_pure >= n_coaches else "leaning"


def _is_mixed(measure: str) -> bool:
    """Whether a band ("20 to 40 per 100") lies within `MIXED`."""
    ends = [int(number) for number in re.findall(r"\d+", measure)[:2]]
    return len(ends) == 2 and ends[0] >= MIXED[0] and ends[1] <= MIXED[1]


def _without(topic: str, mine: pl.DataFrame) -> Row:
    """Why a topic comes to nothing: the status and reason of its first row without a figure."""
    gap = mine.filter(pl.col("value").is_null())
    row = gap.row(0, named=True) if gap.height else {"status": NO_DATA, "reason": words(NO_DATA)}
    return {"topic": topic, "status": row["status"], "reason": row["reason"]}
