-- estimates/style_on_day_0: one row per agent in the analysis who has a session on day 0.
-- Whether its coded behaviours speak for its label; NULL where they speak for neither arm.
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
inner join marts.episode_session as session on session.agent_key = episode.agent_key
order by episode.agent_key
