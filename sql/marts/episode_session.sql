-- marts.episode_session: one row per coaching_episode with what happened in its first session and
-- with the coaching up to day 180. Private: marts.coaching_session has what may be published.
-- `leading_steps` counts how far the five steps desired future, ideal self, strengths, real self
-- (what the agent needs) and improvement (the agent's own goal) were gone without leaving one out:
-- exports don't say in which order they came within a session. `is_in_order` says that no step came
-- without those before it, and at least one came. Both are NULL unless all five were coded.
-- `days_to_follow_up` counts from day 0; NULL where no follow-up is noted as done.
with day_0_session as (
    select
        episode.agent_key,
        session.asked_desired_future,
        session.asked_ideal_self,
        session.listened_without_interrupting,
        session.acknowledged_feelings,
        session.found_common_ground,
        session.discussed_strengths,
        session.identified_need,
        session.offered_help,
        session.agreed_follow_up,
        session.agent_set_goal,
        session.told_what_to_fix,
        session.compassionate_share,
        session.compliance_share,
        session.behaviour_balance,
        session.style_from_behaviours,
        session.duration_minutes,
        session.follow_up_due,
        date_diff('day', episode.day_0, session.follow_up_done) as days_to_follow_up
    from marts.coaching_episode as episode
    inner join marts.coaching_session as session
        on session.agent_key = episode.agent_key
        and session.session_date = episode.day_0
        and session.arm = episode.arm
    qualify row_number() over (
        partition by episode.agent_key
        order by session.session_number asc nulls last
    ) = 1
),

stepped as (
    select
        day_0_session.*,
        case
            when not asked_desired_future then 0
            when not asked_ideal_self then 1
            when not discussed_strengths then 2
            when not identified_need then 3
            when not agent_set_goal then 4
            else 5
        end as n_leading,
        case when asked_desired_future then 1 else 0 end
            + case when asked_ideal_self then 1 else 0 end
            + case when discussed_strengths then 1 else 0 end
            + case when identified_need then 1 else 0 end
            + case when agent_set_goal then 1 else 0 end as n_steps,
        asked_desired_future is not null
            and asked_ideal_self is not null
            and discussed_strengths is not null
            and identified_need is not null
            and agent_set_goal is not null as is_coded
    from day_0_session
),

-- Coaching in days 0 to 180, the first session included, up to the exit.
coaching as (
    select
        episode.agent_key,
        count(*) as n_sessions_180,
        sum(session.duration_minutes) / 60 as coaching_hours_180
    from marts.coaching_episode as episode
    inner join marts.coaching_session as session
        on session.agent_key = episode.agent_key
        and date_diff('day', episode.day_0, session.session_date)
            between 0 and least(180, episode.follow_up_days)
    group by episode.agent_key
),

episode_session as (
    select
        stepped.agent_key,
        stepped.asked_desired_future,
        stepped.asked_ideal_self,
        stepped.listened_without_interrupting,
        stepped.acknowledged_feelings,
        stepped.found_common_ground,
        stepped.discussed_strengths,
        stepped.identified_need,
        stepped.offered_help,
        stepped.agreed_follow_up,
        stepped.offered_help and stepped.agreed_follow_up as has_help_and_follow_up,
        stepped.agent_set_goal,
        stepped.told_what_to_fix,
        stepped.compassionate_share,
        stepped.compliance_share,
        stepped.behaviour_balance,
        stepped.style_from_behaviours,
        cast(case when stepped.is_coded then stepped.n_leading end as integer) as leading_steps,
        cast(case when stepped.is_coded then stepped.n_steps end as integer) as n_steps,
        case
            when stepped.is_coded then stepped.n_steps > 0 and stepped.n_steps = stepped.n_leading
        end as is_in_order,
        stepped.duration_minutes,
        stepped.follow_up_due,
        cast(stepped.days_to_follow_up as integer) as days_to_follow_up,
        cast(coaching.n_sessions_180 as integer) as n_sessions_180,
        round(coaching.coaching_hours_180, 9) as coaching_hours_180
    from stepped
    left join coaching on coaching.agent_key = stepped.agent_key
)

select * from episode_session
