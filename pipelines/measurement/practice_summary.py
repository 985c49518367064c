"""The released practice table in; out come its gaps, and one row per topic of what they come to.

Everything is made of figures that are shown, so nothing that is hidden can be worked out from it.
Limits: two shares are told apart from `SHARES_APART` on and called
alike under `SHARES_ALIKE`. How many coaches give both kinds is added up from what each band tells.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines.core.limits import SHARES_ALIKE, SHARES_APART
from pipelines.core.status import NO_DATA, SHOWN, SUPPRESSED, words
from pipelines.measurement.practice_counts import POOLED

_BY_KIND = ("behaviour", "trigger", "modality")
_BANDS = ("coach_mix", "people_per_coach")
PRACTICE_SUMMARY_SCHEMA: dict[str, pl.DataType] = {
    "topic": pl.String(),
    "conclusion": pl.String(),
    "most": pl.String(),
    "n_compared": pl.Int64(),
    "n_apart": pl.Int64(),
    "n_coaches": pl.Int64(),
    "n_both": pl.Int64(),
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


def without_few_coaches(practice: pl.DataFrame) -> pl.DataFrame:
    """Leave out the coaches of each kind where it is hidden how many give both.

    All coaches less those of one kind are those who give the other alone.
    """
    mix = practice.filter(pl.col("topic") == "coach_mix")
    is_hidden = mix["status"].is_in([SUPPRESSED]).any() or (
        (mix["status"] == SHOWN).any() and mix["n_coaches_both"].null_count() > 0
    )
    of_one = pl.lit(is_hidden) & pl.col("arm").is_not_null()
    return practice.with_columns(n_coaches=pl.when(~of_one).then("n_coaches"))


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
    """Add up the coaches of the shown bands; of the mix, those who give both kinds or one.

    Without a conclusion where how many give both is hidden.
    """
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
    n_both, n_mixed = (_sum(bands, name) for name in ("n_coaches_both", "n_coaches_mixed"))
    if n_both is None:
        return told
    n_pure = n_coaches - n_both
    return told | {
        "conclusion": _mix(n_coaches, n_both, n_mixed),
        "n_both": n_both,
        "n_mixed": n_mixed,
        "n_pure": n_pure,
        "is_mostly_pure": 2 * n_pure >= n_coaches,
    }


def _sum(bands: list[Row], name: str) -> int | None:
    """Return a column's sum; None where a band doesn't tell it."""
    each = [band[name] for band in bands]
    return None if None in each else sum(each)


def _mix(n_coaches: int, n_both: int, n_mixed: int | None) -> str:
    if n_both == n_coaches:
        return "all_mixed" if n_mixed == n_coaches else "all_both"
    if not n_both:
        return "all_pure"
    return "mostly_pure" if 2 * n_both <= n_coaches else "mostly_both"


def _without(topic: str, mine: pl.DataFrame) -> Row:
    """Why a topic comes to nothing: the status and reason of its first row without a figure."""
    gap = mine.filter(pl.col("value").is_null())
    row = gap.row(0, named=True) if gap.height else {"status": NO_DATA, "reason": words(NO_DATA)}
    return {"topic": topic, "status": row["status"], "reason": row["reason"]}
