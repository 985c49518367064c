-- claims/episode: one row per agent in the analysis, with the sessions of the episode.
select
    episode.*,
    session.* exclude (agent_key),
    date_diff('day', episode.day_0, setting.data_until) as days_to_end
from marts.coaching_episode as episode
cross join staging.study_setting as setting
left join marts.episode_session as session on session.agent_key = episode.agent_key
order by episode.agent_key
