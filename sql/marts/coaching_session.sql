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
        ) as session_number,
        [
            session.asked_desired_future,
            session.asked_ideal_self,
            session.listened_without_interrupting,
            session.acknowledged_feelings,
            session.found_common_ground,
            session.discussed_strengths,
            session.identified_need,
            session.offered_help,
            session.agreed_follow_up,
            session.agent_set_goal
        ] as compassionate_behaviours,
        [
            session.recited_metrics,
            session.told_what_to_fix,
            session.imposed_plan,
            session.threatened_consequences
        ] as compliance_behaviours
    from session
),

-- `list_count` leaves out NULL: behaviours that weren't coded.
counted as (
    select
        listed.*,
        list_count(compassionate_behaviours) as n_compassionate_coded,
        len(list_filter(compassionate_behaviours, lambda is_seen: is_seen))
            as n_compassionate_shown,
        list_count(compliance_behaviours) as n_compliance_coded,
        len(list_filter(compliance_behaviours, lambda is_seen: is_seen)) as n_compliance_shown
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
