"""From the marts to the parts of the workforce, what a difference is worth, and repeated looks."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pipelines.config.settings import Settings
from pipelines.core.warehouse import Connection, fetch
from pipelines.estimators.coaching_time import time_rows
from pipelines.estimators.confidence_sequences import anytime_rows
from pipelines.estimators.cost_benefit import Cost, headline_rows, worth_rows
from pipelines.estimators.designs.fitted_cohort import FittedCohort
from pipelines.estimators.results import WORTH_SCHEMA
from pipelines.estimators.segments.comparison import Together
from pipelines.estimators.segments.pooling import segment_estimates

_SESSIONS = """
select
    session.agent_key,
    session.coach_key,
    session.arm,
    count(session.duration_minutes) as n_sessions,
    coalesce(sum(session.duration_minutes), 0) as minutes
from marts.coaching_session as session
inner join marts.coaching_episode as episode on episode.agent_key = session.agent_key
where session.arm is not null
group by session.agent_key, session.coach_key, session.arm
order by session.agent_key, session.coach_key, session.arm
"""

_MINUTES = """
with horizon as (
    select unnest({horizons}) as horizon_days
),

entrant as (
    select
        episode.agent_key,
        episode.day_0,
        horizon.horizon_days,
        date_diff('day', episode.day_0, setting.data_until) >= horizon.horizon_days
            as is_window_complete
    from marts.coaching_episode as episode
    cross join horizon
    cross join staging.study_setting as setting
)

select
    entrant.agent_key,
    entrant.horizon_days,
    entrant.is_window_complete,
    coalesce(sum(session.duration_minutes), 0) as minutes,
    count(session.session_number) - count(session.duration_minutes) as n_untimed
from entrant
left join marts.coaching_session as session
    on session.agent_key = entrant.agent_key
    and date_diff('day', entrant.day_0, session.session_date) between 0 and entrant.horizon_days
group by entrant.agent_key, entrant.day_0, entrant.horizon_days, entrant.is_window_complete
order by entrant.agent_key, entrant.horizon_days
"""

_STYLES = """
select
    episode.agent_key,
    episode.coach_key,
    episode.arm,
    case
        when session.style_from_behaviours in (setting.arm_a, setting.arm_b)
            then session.style_from_behaviours = episode.arm
    end as is_label_confirmed
from marts.coaching_episode as episode
cross join staging.study_setting as setting
inner join marts.coaching_session as session
    on session.agent_key = episode.agent_key
    and session.session_date = episode.day_0
    and session.arm = episode.arm
qualify row_number() over (
    partition by episode.agent_key
    order by session.session_number asc nulls last
) = 1
order by episode.agent_key
"""


def read_sessions(con: Connection) -> pl.DataFrame:
    """Number and minutes of the sessions with a length, per agent, coach and kind."""
    return fetch(con, _SESSIONS)


def read_minutes(con: Connection, horizon_days: Sequence[int]) -> pl.DataFrame:
    """Minutes of any coaching from day 0 to each horizon, per person in the comparison."""
    return fetch(con, _MINUTES.format(horizons=list(horizon_days)))


def styles_on_day_0(con: Connection) -> pl.DataFrame:
    """Whether the behaviours of each person's session on day 0 speak for its label.

    NULL where they weren't coded, or speak for neither of the two kinds that are compared.
    """
    return fetch(con, _STYLES)


def tables_of_parts_and_worth(
    con: Connection,
    settings: Settings,
    cohort: FittedCohort,
    released: pl.DataFrame,
    together: Sequence[Together],
) -> dict[str, pl.DataFrame]:
    """Return segment_estimate, worth and anytime_interval.

    ``released`` is the comparison as it is released; all three tables are made of it, so nothing
    that is hidden there can be worked out from them.
    """
    headline = headline_rows(released)
    rows = worth_rows(headline, Cost(settings.cost.exit, settings.cost.currency))
    rows += time_rows(
        cohort,
        read_sessions(con),
        read_minutes(con, cohort.spec.horizon_days),
        headline,
    )
    return {
        "segment_estimate": segment_estimates(released, together),
        "worth": pl.DataFrame(rows, schema=WORTH_SCHEMA),
        "anytime_interval": anytime_rows(released),
    }
