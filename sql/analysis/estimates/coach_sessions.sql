-- estimates/coach_sessions: one row per agent in the analysis, coach and kind of coaching.
-- Only sessions with a length count, and only kinds that are compared.
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
