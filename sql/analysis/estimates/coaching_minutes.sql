-- estimates/coaching_minutes: one row per agent in the analysis and horizon of $horizon_days.
-- Minutes of any coaching from day 0 to the horizon, and how many sessions there say no length.
with horizon as (
    select unnest($horizon_days) as horizon_days
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
),

coaching_minutes as (
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
)

select * from coaching_minutes
order by agent_key, horizon_days
