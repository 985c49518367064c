"""What the data say about themselves: the measures that `pipelines.quality.reportability` weighs.

Shares of persons are measured among those in the comparison where that is who the claim is about.
"""

from __future__ import annotations

import datetime as dt
import math

import polars as pl
from scipy.special import ndtr

from pipelines.core.rounding import share_step, to_grid
from pipelines.core.status import SHOWN, SUPPRESSED, suppressed
from pipelines.core.warehouse import Connection, fetch
from pipelines.quality.reportability import Measure
from pipelines.quality.shift_coverage import site_coverage

RESPONSE_FROM, RESPONSE_UNTIL = 60, 180
"""The days after day 0 in which a fatigue claim takes a person's survey."""
MAX_CHANCE = 0.05

_EXITS = """
with set_aside as (
    select distinct
        trim(coalesce(delivered.employee_id, '')) as employee_id,
        coalesce(delivered.separation_date, '') as separation_date,
        coalesce(cell.column_name = 'separation_type', false) as is_without_kind
    from raw.attrition as delivered
    inner join ledger.file as file
        on file.file_id = delivered.file_id and file.status = 'loaded'
    left join ledger.rejected_cell as cell
        on cell.file_id = delivered.file_id and cell.line_number = delivered.line_number
    left join staging.attrition as mended
        on mended.employee_id = trim(delivered.employee_id)
        and mended.separation_date = coalesce(
            try_cast(delivered.separation_date as date), mended.separation_date
        )
    where delivered.is_quarantined and mended.employee_id is null
),
without_kind as (
    select distinct episode.agent_key
    from set_aside
    inner join staging.pseudonym as pseudonym on pseudonym.employee_id = set_aside.employee_id
    inner join marts.coaching_episode as episode on episode.agent_key = pseudonym.person_key
    where set_aside.is_without_kind and episode.exit_type is null
),
since_roster as (
    select leaving.employee_id, leaving.separation_date
    from staging.attrition as leaving
    cross join staging.study_setting as setting
    where
        leaving.separation_date <= setting.data_until
        and leaving.separation_date >= (select min(effective_date) from staging.roster)
)
select
    (select count(exit_type) from marts.coaching_episode) as n_in_comparison,
    (select count(*) from marts.coaching_episode where exit_type = 'other') as n_other,
    (select count(*) from without_kind) as n_without_kind,
    (select count(*) from staging.attrition) as n_accepted,
    (select count(*) from (select distinct employee_id, separation_date from set_aside))
        as n_set_aside,
    (select count(*) from since_roster) as n_since_roster,
    (
        select count(*) from since_roster
        where employee_id not in (select employee_id from staging.roster)
    ) as n_unknown
"""

_PACE = """
with past as (
    select leaving.separation_date, setting.data_until
    from staging.attrition as leaving
    cross join staging.study_setting as setting
    where leaving.separation_date <= setting.data_until
),
newest as (select max(separation_date) as last_exit, max(data_until) as data_until from past)
select
    date_diff('day', newest.last_exit, newest.data_until) as gap_days,
    count(past.separation_date) as n_last_year
from newest
left join past on date_diff('day', past.separation_date, newest.last_exit) between 0 and 364
group by all
"""

_RESPONSE_BY_ARM = f"""
with followed as (
    select episode.arm, episode.day_0, pseudonym.employee_id
    from marts.coaching_episode as episode
    inner join staging.pseudonym as pseudonym on pseudonym.person_key = episode.agent_key
    where episode.follow_up_days >= {RESPONSE_UNTIL}
),
answered as (
    select distinct followed.employee_id
    from followed
    inner join staging.fatigue_surveys as survey
        on survey.employee_id = followed.employee_id
        and date_diff('day', followed.day_0, survey.submitted_on)
            between {RESPONSE_FROM} and {RESPONSE_UNTIL}
)
select followed.arm, count(*) as n_people, count(answered.employee_id) as n_answered
from followed
left join answered on answered.employee_id = followed.employee_id
-- Without any survey there is no response to measure.
where exists (select 1 from staging.fatigue_surveys)
group by followed.arm
order by followed.arm
"""

# Who could answer in a quarter: in the arm from its first day on, employed in all three months.
_RESPONSE_BY_QUARTER = """
with employed as (
    select
        episode.arm,
        agent.agent_key,
        cast(date_trunc('quarter', agent.month) as date) as quarter,
        max(agent.n_survey_responses) > 0 as has_answered
    from marts.agent_month as agent
    inner join marts.coaching_episode as episode
        on episode.agent_key = agent.agent_key
        and episode.day_0 <= date_trunc('quarter', agent.month)
    group by all
    having count(*) = 3
)
select
    quarter,
    arm,
    count(*) as n_people,
    count(*) filter (where has_answered) as n_answered
from employed
group by quarter, arm
-- A quarter in which nobody at all answered had no survey.
qualify sum(count(*) filter (where has_answered)) over (partition by quarter) > 0
order by quarter, arm
"""


def read_measures(con: Connection, *, as_of: dt.date, answers_base: int = 0) -> list[Measure]:
    """Every measure of ``grades.yml``; ``as_of`` is the day of the refresh.

    Who answered is rounded to the weight of ``answers_base`` people, because words are made of it.
    """
    return [
        *exit_measures(con),
        *response_measures(fetch(con, _RESPONSE_BY_ARM), answers_base),
        *shift_measures(site_coverage(con, as_of=as_of)),
    ]


def exit_measures(con: Connection) -> list[Measure]:
    """How complete the exits are: without a kind, set aside, of unknown people, stopping early."""
    n = fetch(con, _EXITS).row(0, named=True)
    n_exits = n["n_in_comparison"] + n["n_without_kind"]
    n_delivered = n["n_accepted"] + n["n_set_aside"]
    pace = fetch(con, _PACE).row(0, named=True)
    gap_days = pace["gap_days"] or 0
    return [
        _share("exits_without_kind", n["n_other"] + n["n_without_kind"], n_exits),
        _share("exits_set_aside", n["n_set_aside"], n_delivered),
        _share("exits_of_unknown_people", n["n_unknown"], n["n_since_roster"]),
        Measure(
            "exits_stop_early",
            pace["n_last_year"] / 365 * gap_days,
            pace["n_last_year"],
            "1 day" if gap_days == 1 else f"{gap_days} days",
        ),
    ]


def response_measures(by_arm: pl.DataFrame, base: int = 0) -> list[Measure]:
    """Survey response of the arm that answers less, and how far the two arms are apart.

    ``by_arm``: arm, n_people, n_answered, one row per arm. Nothing is measured without both. Rates
    are told rounded to the weight of ``base`` people.
    """
    if by_arm.height != 2:
        return [Measure("survey_response", None, 0), Measure("survey_response_gap", None, 0)]
    rows = [{**row, "rate": row["n_answered"] / row["n_people"]} for row in by_arm.to_dicts()]
    low, high = sorted(rows, key=lambda row: row["rate"])
    fewest = min(low["n_people"], high["n_people"])
    told = [to_grid(row["rate"], share_step(base, row["n_people"])) or 0.0 for row in (low, high)]
    apart = f"{told[0]:.0%} in {low['arm']}, {told[1]:.0%} in {high['arm']}"
    return [
        Measure("survey_response", low["rate"], fewest, f"in {low['arm']}"),
        Measure(
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


def shift_measures(sites: pl.DataFrame) -> list[Measure]:
    """Working days without shifts at the worst site, and overall with sites by their people."""
    if sites.is_empty():
        return [
            Measure("shift_days_missing", None, 0),
            Measure("shift_days_missing_overall", None, 0),
        ]
    worst = sites.sort("missing_share", "site", descending=[True, False]).row(0, named=True)
    n_people, n_days = int(sites["n_people"].sum()), int(sites["n_days"].sum())
    overall = float((sites["missing_share"] * sites["n_people"]).sum()) / n_people
    return [
        Measure("shift_days_missing", worst["missing_share"], worst["n_days"], worst["site"]),
        Measure("shift_days_missing_overall", overall, n_days),
    ]


def response_rates(con: Connection, min_group: int) -> pl.DataFrame:
    """``quality.response_rate``: by quarter and arm, who could answer and who did.

    Those who could were in the arm before the quarter began and employed in all its months. A row
    is hidden where fewer than ``min_group`` of them there were, answered, or didn't (nobody in one
    of the last two is shown). Every number in it is NULL then, and in the other arm's row of the
    quarter too, so that no total gives it back.
    """
    frame = fetch(con, _RESPONSE_BY_QUARTER)
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


def _share(name: str, k: int, n: int) -> Measure:
    return Measure(name, k / n if n else None, n)
