"""What each person contributes to the published numbers tonight, read from the warehouse.

One frame for all families of `pipelines.privacy.families`, with the columns of
`pipelines.privacy.ledger.CONTRIBUTION_SCHEMA`. It is about single people and stays private.
"""

from __future__ import annotations

import hashlib

import polars as pl

from pipelines.estimation import measures, read_episodes
from pipelines.outcomes.divisions import SEGMENTS, UNKNOWN
from pipelines.privacy.families import ENTRY, EXITS
from pipelines.privacy.ledger import CONTRIBUTION_SCHEMA
from pipelines.settings import Settings
from pipelines.warehouse import Connection, fetch

_AFTER_DAY_0 = ("follow_up_days", "exit_type")
_SEPARATOR = "\x1f"

_BY_PERSON = """
select
    '{family}' as family,
    agent_key,
    '' as item,
    '' as arm,
    cast([] as varchar[]) as place,
    md5(string_agg(fact, chr(10) order by fact)) as own,
    own as whole
from ({facts}) as fact_of_person
where agent_key is not null
group by agent_key
"""
"""A family without arms and parts: everything known of a person in one digest."""

_FACTS = {
    "leavers": "select agent_key, exit_type || ' ' || exit_date as fact from marts.agent "
    "where exit_type is not null",
    "steps": "select agent_key, coalesce(exclusion, 'in the analysis') as fact "
    "from marts.trial_candidate",
    "coaching": "select agent_key, cast((coach_key, session_date, duration_minutes, arm, style, "
    "style_from_behaviours, behaviour_balance, n_behaviours_coded, follow_up_due, follow_up_done) "
    "as varchar) as fact from marts.coaching_session",
    "answers": "select agent_key, cast((submitted_on, instrument, emotional_exhaustion_0_100, "
    "cynicism_0_100, warning_signs_0_100, irritability_0_100, difficulty_concentrating_0_100, "
    "detachment_0_100, morale_0_10, stress_1_5, role, site, team) as varchar) as fact "
    "from marts.survey_answer",
    "coach_answers": "select agent_key, cast((submitted_on, emotional_exhaustion_0_100, "
    "cynicism_0_100, arm_a_share, mean_behaviour_balance) as varchar) as fact "
    "from marts.coach_practice",
    "work": "select agent_key, cast((month, site, team, csat_mean_1_5, csat_responses, "
    "quality_score_0_100) as varchar) as fact from marts.agent_month",
    "absence": "select agent_key, cast((month, site, team, unplanned_absence_rate, "
    "scheduled_hours) as varchar) as fact from marts.agent_month",
    "trainings": "select agent_key, cast((course, completed_on, format) as varchar) as fact "
    "from marts.training",
}

_IN_CELLS = {
    "team_survey": """
select
    agent_key,
    cast(submitted_month as varchar) as item,
    '' as arm,
    [site, team, cast(submitted_month as varchar)] as place,
    md5(string_agg(
        cast((submitted_on, instrument, emotional_exhaustion_0_100, cynicism_0_100) as varchar),
        chr(10) order by submitted_on, response_number
    )) as own,
    own as whole
from marts.survey_answer
where
    role = 'agent'
    and emotional_exhaustion_0_100 is not null
    and cynicism_0_100 is not null
group by agent_key, submitted_month, site, team
""",
    "responses": """
select
    episode.agent_key,
    cast(cast(date_trunc('quarter', agent.month) as date) as varchar) as item,
    episode.arm,
    [cast(cast(date_trunc('quarter', agent.month) as date) as varchar)] as place,
    case when max(agent.n_survey_responses) > 0 then 'answered' end as own,
    coalesce(own, 'silent') as whole
from marts.agent_month as agent
inner join marts.coaching_episode as episode
    on episode.agent_key = agent.agent_key
    and episode.day_0 <= date_trunc('quarter', agent.month)
group by episode.agent_key, episode.arm, date_trunc('quarter', agent.month)
having count(*) = 3
""",
    "scales": """
select
    pseudonym.person_key as agent_key,
    scale.instrument || ' ' || scale.scale as item,
    '' as arm,
    [scale.instrument, scale.scale] as place,
    md5(string_agg(
        cast((response.submitted_on, scale.raw_score, scale.n_answered, scale.n_not_numbers,
            scale.n_out_of_range) as varchar),
        chr(10) order by response.submitted_on, scale.response_id
    )) as own,
    own as whole
from staging.fatigue_scale as scale
inner join staging.fatigue_score as response on response.response_id = scale.response_id
inner join staging.pseudonym as pseudonym on pseudonym.employee_id = response.employee_id
group by pseudonym.person_key, scale.instrument, scale.scale
""",
}


def read_contributions(con: Connection, settings: Settings) -> pl.DataFrame:
    """Everybody's contribution to every family, in a fixed order."""
    columns = list(CONTRIBUTION_SCHEMA)
    frames = [_of_episodes(con, settings)]
    for family, facts in _FACTS.items():
        frames.append(fetch(con, _BY_PERSON.format(family=family, facts=facts)))
    for family, query in _IN_CELLS.items():
        frames.append(fetch(con, query).with_columns(family=pl.lit(family)))
    everything = pl.concat(
        frame.select(columns).cast(pl.Schema(CONTRIBUTION_SCHEMA)) for frame in frames
    )
    return everything.sort("family", "agent_key", "item")


def _of_episodes(con: Connection, settings: Settings) -> pl.DataFrame:
    """Everybody in the comparison: who they were on day 0, their exit, and each outcome's value."""
    episodes, _ = read_episodes(con, settings)
    before = [name for name in episodes.columns if name not in ("agent_key", *_AFTER_DAY_0)]
    people = episodes.select(
        "agent_key",
        "arm",
        item=pl.lit(""),
        place=pl.concat_list(expression.fill_null(UNKNOWN) for _, expression in SEGMENTS.values()),
        entry=_digest(episodes, before),
        exit=pl.when(pl.col("exit_type").is_not_null()).then(
            pl.format("{} on day {}", "exit_type", "follow_up_days")
        ),
    )
    values = fetch(
        con,
        "select agent_key, outcome, numerator || ' / ' || denominator as own "
        "from marts.episode_outcome where is_window_complete and value is not null",
    )
    of_day_0 = people.with_columns(family=pl.lit(ENTRY), own="entry", whole="entry")
    exits = people.with_columns(family=pl.lit(EXITS), own="exit", whole=_both("exit"))
    measured = [
        people.join(
            values.filter(outcome=measure.outcome).drop("outcome"), on="agent_key", how="left"
        ).with_columns(family=pl.lit(measure.outcome), whole=_both("own"))
        for measure in measures()
    ]
    columns = list(CONTRIBUTION_SCHEMA)
    return pl.concat(frame.select(columns) for frame in (of_day_0, exits, *measured))


def _both(own: str) -> pl.Expr:
    return pl.concat_str("entry", pl.col(own).fill_null(""), separator=" ")


def _digest(frame: pl.DataFrame, columns: list[str]) -> pl.Series:
    """A digest of some columns, row by row; the same values give the same one on every machine."""
    text = frame.select(
        pl.concat_str(
            (pl.col(name).cast(pl.String).fill_null("") for name in sorted(columns)),
            separator=_SEPARATOR,
        )
    ).to_series()
    return pl.Series([hashlib.md5(row.encode()).hexdigest() for row in text], dtype=pl.String)
