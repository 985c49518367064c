"""What the data say about themselves: the measures that `pipelines.quality.reportability` weighs.

Shares of persons are measured among those in the comparison where that is who the claim is about.
"""

from __future__ import annotations

import datetime as dt
import math

import polars as pl
from scipy.special import ndtr

from pipelines.contracts.tables import outcome_windows
from pipelines.core.group_words import group_of
from pipelines.core.rounding import share_step, to_grid
from pipelines.core.status import SHOWN, SUPPRESSED, suppressed
from pipelines.core.warehouse import Connection, fetch_query
from pipelines.quality.reportability import DataMeasure
from pipelines.quality.shift_coverage import site_coverage

FATIGUE = "emotional_exhaustion"
"""The outcome in whose window a survey counts as an answer."""
MAX_CHANCE = 0.05


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
    days = {"first_day": first_day, "last_day": last_day}
    return fetch_query(con, "grades/response_by_arm", days)


def response_measures(by_arm: pl.DataFrame, base: int = 0) -> list[DataMeasure]:
    """Survey response of the arm that answers less, and how far the two arms are apart.

    ``by_arm``: arm, n_people, n_answered, one row per arm. Nothing is measured without both. Rates
    are told rounded to the weight of ``base`` people.
    """
    if by_arm.height != 2:
        return [
            DataMeasure("survey_response", None, 0),
            DataMeasure("survey_response_gap", None, 0),
        ]
    rows = [{**row, "rate": row["n_answered"] / row["n_people"]} for row in by_arm.to_dicts()]
    low, high = sorted(rows, key=lambda row: row["rate"])
    fewest = min(low["n_people"], high["n_people"])
    told = [to_grid(row["rate"], share_step(base, row["n_people"])) or 0.0 for row in (low, high)]
    apart = f"{told[0]:.0%} in {group_of(low['arm'])}, {told[1]:.0%} in {group_of(high['arm'])}"
    return [
        DataMeasure("survey_response", low["rate"], fewest, f"in {group_of(low['arm'])}"),
        DataMeasure(
            "survey_response_gap",
            high["rate"] - low["rate"],
            fewest,
            apart,
            is_by_chance=two_share_p_value(
                (low["n_answered"], low["n_people"]), (high["n_answered"], high["n_people"])
            )
            >= MAX_CHANCE,
        ),
    ]


def two_share_p_value(one: tuple[int, int], other: tuple[int, int]) -> float:
    """The two-sided p-value of two shares being equal (pooled normal test); each is (k, n)."""
    (k1, n1), (k2, n2) = one, other
    pooled = (k1 + k2) / (n1 + n2)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    if error == 0:
        return 1.0
    return float(2 * ndtr(-abs(k1 / n1 - k2 / n2) / error))


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
    quarter too, so that no total gives it back.
    """
    frame = fetch_query(con, "grades/response_by_quarter")
    n_silent = pl.col("n_people") - pl.col("n_answered")
    is_small = (
        (pl.col("n_people") < min_group)
        | pl.col("n_answered").is_between(1, min_group - 1)
        | n_silent.is_between(1, min_group - 1)
    )
    hidden = is_small.any().over("quarter") if not frame.is_empty() else is_small
    too_few = suppressed(f"fewer than {min_group} people")
    return frame.with_columns(
        response_rate=pl.when(~hidden).then(pl.col("n_answered") / pl.col("n_people")),
        n_people=pl.when(~hidden).then("n_people"),
        n_answered=pl.when(~hidden).then("n_answered"),
        status=pl.when(hidden).then(pl.lit(SUPPRESSED)).otherwise(pl.lit(SHOWN)),
        reason=pl.when(hidden).then(pl.lit(too_few.reason)),
    )


def _share(name: str, k: int, n: int) -> DataMeasure:
    return DataMeasure(name, k / n if n else None, n)
