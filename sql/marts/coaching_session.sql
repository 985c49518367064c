-- marts.coaching_session: one row per coaching session up to the end of data.
-- `session_number` counts an agent's sessions in order of time and stands for the session's own
-- identifier, which stays private as the notes do. Each behaviour is true, false or NULL (not
-- coded); the two shares are over the behaviours that were coded. Their difference, the balance,
-- needs at least 5 of the 10 compassionate and 2 of the 4 compliance behaviours coded; its sign is
-- the style that the behaviours speak for, beside the label and never in its place. A label is
-- disputed where it and the behaviours name the two styles the other way round.
with session as (
    select
        coaching.*,
        setting.arm_a,
        setting.arm_b
    from staging.coaching_sessions as coaching
    cross join staging.study_setting as setting
    where cast(coaching.started_at as date) <= setting.data_until
),

listed as (
    select
        session.*,
        row_number() over (
            partition by session.employee_id
            order by session.started_at asc nulls last, session.session_id asc nulls last
        ) as session_number
    from session
),

-- A behaviour that wasn't coded is NULL: it counts in neither.
counted as (
    select
        listed.*,
        cast(asked_desired_future is not null as integer)
            + cast(asked_ideal_self is not null as integer)
            + cast(listened_without_interrupting is not null as integer)
            + cast(acknowledged_feelings is not null as integer)
            + cast(found_common_ground is not null as integer)
            + cast(discussed_strengths is not null as integer)
            + cast(identified_need is not null as integer)
            + cast(offered_help is not null as integer)
            + cast(agreed_follow_up is not null as integer)
            + cast(agent_set_goal is not null as integer) as n_compassionate_coded,
        cast(coalesce(asked_desired_future, false) as integer)
            + cast(coalesce(asked_ideal_self, false) as integer)
            + cast(coalesce(listened_without_interrupting, false) as integer)
            + cast(coalesce(acknowledged_feelings, false) as integer)
            + cast(coalesce(found_common_ground, false) as integer)
            + cast(coalesce(discussed_strengths, false) as integer)
            + cast(coalesce(identified_need, false) as integer)
            + cast(coalesce(offered_help, false) as integer)
            + cast(coalesce(agreed_follow_up, false) as integer)
            + cast(coalesce(agent_set_goal, false) as integer) as n_compassionate_shown,
        cast(recited_metrics is not null as integer)
            + cast(told_what_to_fix is not null as integer)
            + cast(imposed_plan is not null as integer)
            + cast(threatened_consequences is not null as integer) as n_compliance_coded,
        cast(coalesce(recited_metrics, false) as integer)
            + cast(coalesce(told_what_to_fix, false) as integer)
            + cast(coalesce(imposed_plan, false) as integer)
            + cast(coalesce(threatened_consequences, false) as integer) as n_compliance_shown
    from listed
),

shared as (
    select
        counted.*,
        cast(n_compassionate_shown as double) / nullif(n_compassionate_coded, 0)
            as compassionate_share,
        cast(n_compliance_shown as double) / nullif(n_compliance_coded, 0) as compliance_share
    from counted
),

balanced as (
    select
        shared.*,
        case
            when n_compassionate_coded >= 5 and n_compliance_coded >= 2
                then compassionate_share - compliance_share
        end as behaviour_balance
    from shared
),

styled as (
    select
        balanced.*,
        case
            when behaviour_balance > 0 then 'compassionate'
            when behaviour_balance < 0 then 'compliance'
            when behaviour_balance = 0 then 'neither'
        end as style_from_behaviours
    from balanced
),

coaching_session as (
    select
        agent.person_key as agent_key,
        coach.person_key as coach_key,
        cast(styled.session_number as integer) as session_number,
        cast(styled.started_at as date) as session_date,
        cast(styled.duration_minutes as double) as duration_minutes,
        styled.modality,
        styled.trigger,
        styled.style,
        case when styled.style in (styled.arm_a, styled.arm_b) then styled.style end as arm,
        styled.asked_desired_future,
        styled.asked_ideal_self,
        styled.listened_without_interrupting,
        styled.acknowledged_feelings,
        styled.found_common_ground,
        styled.discussed_strengths,
        styled.identified_need,
        styled.offered_help,
        styled.agreed_follow_up,
        styled.agent_set_goal,
        styled.recited_metrics,
        styled.told_what_to_fix,
        styled.imposed_plan,
        styled.threatened_consequences,
        cast(styled.n_compassionate_coded + styled.n_compliance_coded as integer)
            as n_behaviours_coded,
        styled.compassionate_share,
        styled.compliance_share,
        styled.behaviour_balance,
        styled.style_from_behaviours,
        case
            when
                styled.style in ('compassionate', 'compliance')
                and styled.style_from_behaviours in ('compassionate', 'compliance')
                then styled.style <> styled.style_from_behaviours
        end as is_label_disputed,
        styled.follow_up_due,
        styled.follow_up_done,
        rater.person_key as rater_key
    from styled
    inner join staging.pseudonym as agent on agent.employee_id = styled.employee_id
    left join staging.pseudonym as coach on coach.employee_id = styled.coach_id
    left join staging.pseudonym as rater on rater.employee_id = styled.rater_id
)

select * from coaching_session
