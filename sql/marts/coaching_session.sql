-- marts.coaching_session: one row per coaching session up to the end of data.
-- `session_number` counts an agent's sessions in order of time and stands for the session's own
-- identifier, which stays private as the notes do. Each behaviour is true, false or NULL (not
-- coded); the two shares are over the behaviours that were coded.
with session as (
    select
        coaching.*,
        setting.arm_a,
        setting.arm_b
    from staging.coaching_sessions as coaching
    cross join staging.study_setting as setting
    where cast(coaching.started_at as date) <= setting.data_until
),

counted as (
    select
        session.*,
        row_number() over (
            partition by session.employee_id
            order by session.started_at asc nulls last, session.session_id asc nulls last
        ) as session_number,
        case when session.asked_desired_future is null then 0 else 1 end
            + case when session.asked_ideal_self is null then 0 else 1 end
            + case when session.listened_without_interrupting is null then 0 else 1 end
            + case when session.acknowledged_feelings is null then 0 else 1 end
            + case when session.found_common_ground is null then 0 else 1 end
            + case when session.discussed_strengths is null then 0 else 1 end
            + case when session.identified_need is null then 0 else 1 end
            + case when session.offered_help is null then 0 else 1 end
            + case when session.agreed_follow_up is null then 0 else 1 end
            + case when session.agent_set_goal is null then 0 else 1 end
            as n_compassionate_coded,
        case when session.asked_desired_future then 1 else 0 end
            + case when session.asked_ideal_self then 1 else 0 end
            + case when session.listened_without_interrupting then 1 else 0 end
            + case when session.acknowledged_feelings then 1 else 0 end
            + case when session.found_common_ground then 1 else 0 end
            + case when session.discussed_strengths then 1 else 0 end
            + case when session.identified_need then 1 else 0 end
            + case when session.offered_help then 1 else 0 end
            + case when session.agreed_follow_up then 1 else 0 end
            + case when session.agent_set_goal then 1 else 0 end
            as n_compassionate_shown,
        case when session.recited_metrics is null then 0 else 1 end
            + case when session.told_what_to_fix is null then 0 else 1 end
            + case when session.imposed_plan is null then 0 else 1 end
            + case when session.threatened_consequences is null then 0 else 1 end
            as n_compliance_coded,
        case when session.recited_metrics then 1 else 0 end
            + case when session.told_what_to_fix then 1 else 0 end
            + case when session.imposed_plan then 1 else 0 end
            + case when session.threatened_consequences then 1 else 0 end
            as n_compliance_shown
    from session
),

coaching_session as (
    select
        agent.person_key as agent_key,
        coach.person_key as coach_key,
        cast(counted.session_number as integer) as session_number,
        cast(counted.started_at as date) as session_date,
        cast(counted.duration_minutes as double) as duration_minutes,
        counted.modality,
        counted.trigger,
        counted.style,
        case when counted.style in (counted.arm_a, counted.arm_b) then counted.style end as arm,
        counted.asked_desired_future,
        counted.asked_ideal_self,
        counted.listened_without_interrupting,
        counted.acknowledged_feelings,
        counted.found_common_ground,
        counted.discussed_strengths,
        counted.identified_need,
        counted.offered_help,
        counted.agreed_follow_up,
        counted.agent_set_goal,
        counted.recited_metrics,
        counted.told_what_to_fix,
        counted.imposed_plan,
        counted.threatened_consequences,
        cast(counted.n_compassionate_coded + counted.n_compliance_coded as integer)
            as n_behaviours_coded,
        cast(counted.n_compassionate_shown as double) / nullif(counted.n_compassionate_coded, 0)
            as compassionate_share,
        cast(counted.n_compliance_shown as double) / nullif(counted.n_compliance_coded, 0)
            as compliance_share,
        counted.follow_up_due,
        counted.follow_up_done,
        rater.person_key as rater_key
    from counted
    inner join staging.pseudonym as agent on agent.employee_id = counted.employee_id
    left join staging.pseudonym as coach on coach.employee_id = counted.coach_id
    left join staging.pseudonym as rater on rater.employee_id = counted.rater_id
)

select * from coaching_session
