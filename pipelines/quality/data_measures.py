"""What the data say about themselves: the measures that `pipelines.quality.reportability` weighs.

Shares of persons are measured among those in the comparison where that is who the claim is about.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from pipelines.contracts.tables import outcome_windows
from pipelines.core.group_words import group_of
from pipelines.core.rounding import share_step, to_grid
from pipelines.core.status import SHOWN, SUPPRESSED, TOO_EARLY, suppressed
from pipelines.core.warehouse import Connection, fetch_query
from pipelines.estimators.kernels.two_shares import gap_beyond_chance
from pipelines.quality.reportability import DataMeasure
from pipelines.quality.shift_coverage import site_coverage

FATIGUE = "emotional_exhaustion"
"""The outcome in whose window a survey counts as an answer."""
_NO_WHOLE_QUARTER = "too early: nobody has been in the comparison for a whole quarter yet"
_RESPONSE_UNKNOWN = DataMeasure("survey_response", None, 0)
_GAP_UNKNOWN = DataMeasure("survey_response_gap", None, 0)


def read_measures(con: Connection, *, as_of: dt.date, answers_base: int = 0) -> list[DataMeasure]:
    """Every measure of ``grades.yml``; ``as_of`` is the day of the refresh.

    Who answered is rounded to the weight of ``answers_base`` people, because words are made of it.
    """
    return [
        *exit_measures(con),
        *response_measures(_response_by_arm(con), answers_base),
        *shift_measures(site_coverage(con, as_of=as_of)),
    ]


def exit_measures(con: Connection) -> list[DataMeasure]:
    """How complete the exits are: without a kind, set aside, of unknown people, stopping early."""
    n = fetch_query(con, "grades/exits").row(0, named=True)
    n_exits = n["n_in_comparison"] + n["n_without_kind"]
    n_delivered = n["n_accepted"] + n["n_set_aside"]
    pace = fetch_query(con, "grades/exit_pace").row(0, named=True)
    gap_days = pace["gap_days"] or 0
    return [
        _share("exits_without_kind", n["n_other"] + n["n_without_kind"], n_exits),
        _share("exits_set_aside", n["n_set_aside"], n_delivered),
        _share("exits_of_unknown_people", n["n_unknown"], n["n_since_roster"]),
        DataMeasure(
            "exits_stop_early",
            pace["n_last_year"] / 365 * gap_days,
            pace["n_last_year"],
            "1 day" if gap_days == 1 else f"{gap_days} days",
        ),
    ]


def _response_by_arm(con: Connection) -> pl.DataFrame:
    first_day, last_day = outcome_windows()[FATIGUE]
    asked = {"first_day": first_day, "last_day": last_day, "outcome": FATIGUE}
    return fetch_query(con, "grades/response_by_arm", asked)


def response_measures(by_arm: pl.DataFrame, base: int = 0) -> list[DataMeasure]:
    """Survey response of the arm that answers less, and how far the two arms are apart in answers.

    ``by_arm``: the columns of ``grades/response_by_arm``, one row per arm. Nothing is measured
    without both. The gap is that of the comparison, so that its credibility is judged by the same.
    """
    rows = by_arm.to_dicts()
    if len(rows) != 2:
        return [_RESPONSE_UNKNOWN, _GAP_UNKNOWN]
    return [_response(rows), _answer_gap(rows, base)]


def _response(rows: Sequence[Mapping[str, Any]]) -> DataMeasure:
    """Of those who were there all the time, how many answered where fewer did."""
    if not all(row["n_people"] for row in rows):
        return _RESPONSE_UNKNOWN
    low = min(rows, key=lambda row: row["n_answered"] / row["n_people"])
    fewest = min(row["n_people"] for row in rows)
    share = low["n_answered"] / low["n_people"]
    return DataMeasure("survey_response", share, fewest, f"in {group_of(low['arm'])}")


def _answer_gap(rows: Sequence[Mapping[str, Any]], base: int) -> DataMeasure:
    """How far the arms are apart in who has a value; shares are told to the weight of ``base``."""
    one, other = ((row["n_with_value"], row["n_compared"]) for row in rows)
    apart = abs(one[0] / one[1] - other[0] / other[1])
    shares = [
        (to_grid(k / n, share_step(base, n)) or 0.0, group_of(row["arm"]))
        for row, (k, n) in zip(rows, (one, other), strict=True)
    ]
    told = ", ".join(f"{share:.0%} in {group}" for share, group in sorted(shares))
    if base:
        is_even = len({f"{share:.0%}" for share, _ in shares}) == 1
        told = "by less than rounding shows" if is_even else f"{told}, each rounded by itself"
    is_by_chance = not gap_beyond_chance(one, other)
    return DataMeasure("survey_response_gap", apart, min(one[1], other[1]), told, is_by_chance)


def shift_measures(sites: pl.DataFrame) -> list[DataMeasure]:
    """Working days without shifts at the worst site, and overall with sites by their people."""
    if sites.is_empty():
        return [
            DataMeasure("shift_days_missing", None, 0),
            DataMeasure("shift_days_missing_overall", None, 0),
        ]
    worst = sites.sort("missing_share", "site", descending=[True, False]).row(0, named=True)
    n_people, n_days = int(sites["n_people"].sum()), int(sites["n_days"].sum())
    overall = float((sites["missing_share"] * sites["n_people"]).sum()) / n_people
    return [
        DataMeasure("shift_days_missing", worst["missing_share"], worst["n_days"], worst["site"]),
        DataMeasure("shift_days_missing_overall", overall, n_days),
    ]


def response_rates(con: Connection, min_group: int) -> pl.DataFrame:
    """``quality.response_rate``: by quarter and arm, who could answer and who did.

    Those who could were in the arm before the quarter began and employed in all its months. A row
    is hidden where fewer than ``min_group`` of them there were, answered, or didn't (nobody in one
    of the last two is shown). Every number in it is NULL then, and in the other arm's row of the
    quarter too, so that no total gives it back. It is too early while nobody could for a whole one.
    """
    frame = fetch_query(con, "grades/response_by_quarter")
    n_silent = pl.col("n_people") - pl.col("n_answered")
    is_small = (
        (pl.col("n_people") < min_group)
        | pl.col("n_answered").is_between(1, min_group - 1)
        | n_silent.is_between(1, min_group - 1)
    ).fill_null(value=False)
    hidden = is_small.any().over("quarter") if not frame.is_empty() else is_small
    too_few, too_soon = suppressed(f"fewer than {min_group} people"), pl.col("n_people").is_null()
    return frame.with_columns(
        response_rate=pl.when(~hidden).then(pl.col("n_answered") / pl.col("n_people")),
        n_people=pl.when(~hidden).then("n_people"),
        n_answered=pl.when(~hidden).then("n_answered"),
        status=pl.when(too_soon)
        .then(pl.lit(TOO_EARLY))
        .when(hidden)
        .then(pl.lit(SUPPRESSED))
        .otherwise(pl.lit(SHOWN)),
        reason=pl.when(too_soon)
        .then(pl.lit(_NO_WHOLE_QUARTER))
        .when(hidden)
        .then(pl.lit(too_few.reason)),
    )


def _share(name: str, k: int, n: int) -> DataMeasure:
    return DataMeasure(name, k / n if n else None, n)
