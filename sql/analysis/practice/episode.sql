-- practice/episode: one row per agent in the analysis, with the sessions of the first half year.
select
    episode.agent_key,
    episode.coach_key,
    episode.arm,
    episode.follow_up_days,
    session.n_sessions_180
from marts.coaching_episode as episode
inner join marts.episode_session as session on session.agent_key = episode.agent_key
order by episode.agent_key
