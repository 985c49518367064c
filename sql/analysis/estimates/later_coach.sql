-- estimates/later_coach: one row per agent in the analysis with a known coach after day 0.
-- The coach is who gave most of the sessions since then.
with later as (
    select
        episode.agent_key,
        session.coach_key,
        count(*) as n_sessions
    from marts.coaching_episode as episode
    inner join marts.coaching_session as session
        on session.agent_key = episode.agent_key
        and session.session_date > episode.day_0
    where session.coach_key is not null
    group by episode.agent_key, session.coach_key
),

most as (
    select
        agent_key,
        coach_key
    from later
    qualify row_number() over (
        partition by agent_key
        order by n_sessions desc nulls last, coach_key asc nulls last
    ) = 1
)

select * from most
