"""From exports and what is staged of them to the values that aren't what the files say.

Exports can't say everything that canonical files do. Which rows may differ, and to what, is counted
anew here from the files themselves, by nothing of the intake: leave covers what it spans, answers
are those of the customers who were asked, and so on. Whatever else differs is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl

TOLERANCE = 1e-6
AGREEMENT = {"Strongly agree": "1", "Agree": "2", "Disagree": "3", "Strongly disagree": "4"}
N_STATEMENTS = 16
Pair = tuple[pl.DataFrame, pl.DataFrame]
"""What is made of the exports, and what the canonical files mean."""


def beyond_bounds(source: str, pair: Pair, landing: Path) -> list[str]:
    """What is staged of one source and can't be explained; ``landing`` has a folder per feed.

    The frames are those of `staging`, people under the same numbers in both.
    """
    find = _BOUNDS.get(source)
    found = find(pair, landing) if find else iter(())
    return [f"{source}: {words}" for words in found]


def _records(landing: Path, feed: str) -> pl.DataFrame:
    (path,) = (landing / feed).iterdir()
    return pl.read_csv(path, infer_schema=False)


def _told(frame: pl.DataFrame, words: str) -> Iterator[str]:
    if frame.height:
        yield f"{frame.height:,} rows {words}; the first: {frame.row(0)}"


def _numbered(frame: pl.DataFrame, column: str, made: pl.DataFrame) -> pl.DataFrame:
    """The records under the roster's number, which has zeros before that of other systems."""
    people = made.select(pl.col("employee_id").unique())
    bare = people.with_columns(bare=pl.col("employee_id").str.strip_chars_start("0"))
    number = pl.col(column).str.strip_prefix("ag").str.strip_chars_start("0")
    return frame.with_columns(bare=number).join(bare, on="bare", how="inner")


def _of_roster(pair: Pair, landing: Path) -> Iterator[str]:
    """Somebody who has moved stands there as they are now, from the day of their hire."""
    made, meant = pair
    latest = (
        meant.sort("effective_date")
        .group_by("employee_id")
        .agg(pl.all().last(), pl.len().alias("n_rows"))
    )
    both = made.join(latest, on="employee_id", suffix=" meant")
    differs = both.filter(pl.col("effective_date") != pl.col("effective_date meant"))
    is_hire = pl.col("effective_date") == pl.col("hire_date")
    yield from _told(
        differs.filter(~is_hire | (pl.col("n_rows") < 2)).select("employee_id", "effective_date"),
        "have another day than that of the hire, or of somebody who never moved",
    )


def _of_shifts(pair: Pair, landing: Path) -> Iterator[str]:
    """Leave from one day to another covers the scheduled days between, whole."""
    key = ["employee_id", "shift_date"]
    both = pair[0].join(pair[1], on=key, suffix=" meant")
    differs = both.filter(
        pl.col("absent_hours").ne_missing(pl.col("absent_hours meant"))
        | pl.col("absence_type").ne_missing(pl.col("absence_type meant"))
    )
    leave = _numbered(_records(landing, "time_off"), "Employee #", pair[0]).select(
        "employee_id", first=pl.col("From").str.to_date(), last=pl.col("To").str.to_date()
    )
    within = pl.col("first").lt(pl.col("shift_date")) & pl.col("shift_date").lt(pl.col("last"))
    covered = differs.join(leave, on="employee_id").filter(within).select(key).unique()
    whole = differs.filter(
        pl.col("absent_hours") == pl.col("scheduled_hours"),
        pl.col("absent_hours meant") == 0,
        pl.col("absence_type meant").is_null(),
    ).join(covered, on=key, how="semi")
    words = "aren't whole days between the first and the last of a leave"
    yield from _told(differs.join(whole, on=key, how="anti").select(key), words)


def _of_sessions(pair: Pair, landing: Path) -> Iterator[str]:
    doubled = pair[0].filter(pl.col("session_id").is_duplicated() | pl.col("session_id").is_null())
    yield from _told(doubled.select("session_id"), "have a number that isn't their own")


def _of_surveys(pair: Pair, landing: Path) -> Iterator[str]:
    """Finished answers, and no others; of the scales only what is asked, sixteen statements."""
    made, meant = pair
    answers = _records(landing, "pulse").slice(2)
    is_whole = (pl.col("Finished") == "True") & (pl.col("Status") != "Survey Preview")
    whole = answers.filter(is_whole).select(response_id="ResponseId")
    yield from _told(whole.join(made, on="response_id", how="anti"), "are finished and not staged")
    yield from _told(
        made.join(whole, on="response_id", how="anti").select("response_id"),
        "are staged and not finished",
    )
    n_left_out = answers.height - whole.height
    if meant.height - made.height != n_left_out:
        yield f"{meant.height - made.height} answers fewer, {n_left_out} of them unfinished"
    answered = answers.join(made, left_on="ResponseId", right_on="response_id")
    is_as_asked = pl.col("instrument") == "olbi"
    for number in range(1, N_STATEMENTS + 1):
        kept = pl.col("extra").str.json_path_match(f"$.item_{number}")
        is_as_asked &= kept.eq_missing(pl.col(f"Q4_{number}").replace_strict(AGREEMENT))
    scales = ("emotional_exhaustion", "cynicism", "irritability", "detachment", "stress")
    for name in (*scales, "difficulty_concentrating", "compassion_satisfaction"):
        is_as_asked &= pl.col(name).is_null()
    yield from _told(
        answered.filter(~is_as_asked).select("ResponseId"), "have other answers than the export"
    )


def _of_performance(pair: Pair, landing: Path) -> Iterator[str]:
    """Answers are those of the customers who were asked, never more than there were."""
    key = ["employee_id", "week_start"]
    answers = _numbered(_records(landing, "csat"), "Agent login", pair[0])
    day = pl.col("Completed (UTC)").str.slice(0, 10).str.to_date()
    counted = answers.group_by("employee_id", day.dt.truncate("1w").alias("week_start")).agg(
        csat_mean=pl.col("Score (1-5)").cast(pl.Float64).mean(),
        csat_responses=pl.len().cast(pl.Int64),
        first_contact_resolution=(pl.col("FCR") == "Yes").cast(pl.Float64).mean(),
    )
    both = pair[0].join(counted, on=key, how="left", suffix=" counted")
    for name in ("csat_mean", "csat_responses", "first_contact_resolution"):
        one, other = (pl.col(each).cast(pl.Float64) for each in (name, f"{name} counted"))
        is_same = ((one - other).abs() <= TOLERANCE).fill_null(one.is_null() & other.is_null())
        yield from _told(both.filter(~is_same).select(*key, name), f"have another {name}")
    more = (
        pair[0]
        .join(pair[1], on=key, suffix=" meant")
        .filter(pl.col("csat_responses") > pl.col("csat_responses meant"))
    )
    yield from _told(more.select(key), "have more answers than there were")
    strange = pair[0].filter(pl.col("difficult_contacts").is_not_null())
    yield from _told(strange.select(key), "have difficult contacts, which nobody counts")


_BOUNDS: dict[str, Callable[[Pair, Path], Iterator[str]]] = {
    "roster": _of_roster,
    "shifts": _of_shifts,
    "coaching_sessions": _of_sessions,
    "fatigue_surveys": _of_surveys,
    "performance": _of_performance,
}
