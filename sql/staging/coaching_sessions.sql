-- staging.coaching_sessions: one row per session (session_id).
-- Coaching sessions with their style and the behaviours that were coded.
-- Written by `python -m pipelines.contracts.generate` from pipelines/contracts; change it there.
-- Rows that broke a rule of the contract stay behind in raw; of rows with the same key the one
-- from the newest delivery stands, unless that is a tombstone: it deletes the key.
with landed as (
    select
        nullif(trim(session_id), '') as session_id,
        nullif(trim(employee_id), '') as employee_id,
        nullif(trim(coach_id), '') as coach_id,
        nullif(trim(started_at), '') as started_at,
        nullif(trim(duration_minutes), '') as duration_minutes,
        nullif(trim(modality), '') as modality,
        nullif(trim(trigger), '') as trigger,
        nullif(trim(style), '') as style,
        nullif(trim(asked_desired_future), '') as asked_desired_future,
        nullif(trim(asked_ideal_self), '') as asked_ideal_self,
        nullif(trim(listened_without_interrupting), '') as listened_without_interrupting,
        nullif(trim(acknowledged_feelings), '') as acknowledged_feelings,
        nullif(trim(found_common_ground), '') as found_common_ground,
        nullif(trim(discussed_strengths), '') as discussed_strengths,
        nullif(trim(identified_need), '') as identified_need,
        nullif(trim(offered_help), '') as offered_help,
        nullif(trim(agreed_follow_up), '') as agreed_follow_up,
        nullif(trim(agent_set_goal), '') as agent_set_goal,
        nullif(trim(recited_metrics), '') as recited_metrics,
        nullif(trim(told_what_to_fix), '') as told_what_to_fix,
        nullif(trim(imposed_plan), '') as imposed_plan,
        nullif(trim(threatened_consequences), '') as threatened_consequences,
        nullif(trim(follow_up_due), '') as follow_up_due,
        nullif(trim(follow_up_done), '') as follow_up_done,
        nullif(trim(rater_id), '') as rater_id,
        nullif(trim(notes), '') as notes,
        file_id,
        line_number,
        is_tombstone
    from raw.coaching_sessions
    where not is_quarantined
),

typed as (
    select
        session_id,
        employee_id,
        coach_id,
        case
            when regexp_full_match(started_at, '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?)?')
                then try_cast(started_at as timestamp)
            when regexp_full_match(started_at, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)? ?(Z|[+-]((0[0-9]|1[0-7])(:?[0-5][0-9])?|18(:?00)?))')
                then cast(try_cast(replace(replace(replace(started_at, ' Z', 'Z'), ' +', '+'), ' -', '-') as timestamptz) as timestamp)
        end as started_at,
        case
            when not contains(duration_minutes, '_')
                then try_cast(duration_minutes as double)
        end as duration_minutes,
        modality,
        trigger,
        style,
        case
            when lower(asked_desired_future) in ('true', 'yes', '1')
                then true
            when lower(asked_desired_future) in ('false', 'no', '0')
                then false
        end as asked_desired_future,
        case
            when lower(asked_ideal_self) in ('true', 'yes', '1')
                then true
            when lower(asked_ideal_self) in ('false', 'no', '0')
                then false
        end as asked_ideal_self,
        case
            when lower(listened_without_interrupting) in ('true', 'yes', '1')
                then true
            when lower(listened_without_interrupting) in ('false', 'no', '0')
                then false
        end as listened_without_interrupting,
        case
            when lower(acknowledged_feelings) in ('true', 'yes', '1')
                then true
            when lower(acknowledged_feelings) in ('false', 'no', '0')
                then false
        end as acknowledged_feelings,
        case
            when lower(found_common_ground) in ('true', 'yes', '1')
                then true
            when lower(found_common_ground) in ('false', 'no', '0')
                then false
        end as found_common_ground,
        case
            when lower(discussed_strengths) in ('true', 'yes', '1')
                then true
            when lower(discussed_strengths) in ('false', 'no', '0')
                then false
        end as discussed_strengths,
        case
            when lower(identified_need) in ('true', 'yes', '1')
                then true
            when lower(identified_need) in ('false', 'no', '0')
                then false
        end as identified_need,
        case
            when lower(offered_help) in ('true', 'yes', '1')
                then true
            when lower(offered_help) in ('false', 'no', '0')
                then false
        end as offered_help,
        case
            when lower(agreed_follow_up) in ('true', 'yes', '1')
                then true
            when lower(agreed_follow_up) in ('false', 'no', '0')
                then false
        end as agreed_follow_up,
        case
            when lower(agent_set_goal) in ('true', 'yes', '1')
                then true
            when lower(agent_set_goal) in ('false', 'no', '0')
                then false
        end as agent_set_goal,
        case
            when lower(recited_metrics) in ('true', 'yes', '1')
                then true
            when lower(recited_metrics) in ('false', 'no', '0')
                then false
        end as recited_metrics,
        case
            when lower(told_what_to_fix) in ('true', 'yes', '1')
                then true
            when lower(told_what_to_fix) in ('false', 'no', '0')
                then false
        end as told_what_to_fix,
        case
            when lower(imposed_plan) in ('true', 'yes', '1')
                then true
            when lower(imposed_plan) in ('false', 'no', '0')
                then false
        end as imposed_plan,
        case
            when lower(threatened_consequences) in ('true', 'yes', '1')
                then true
            when lower(threatened_consequences) in ('false', 'no', '0')
                then false
        end as threatened_consequences,
        case
            when follow_up_due like '____-__-__' and follow_up_due not like '-%'
                then try_cast(follow_up_due as date)
            when regexp_full_match(follow_up_due, '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?)?')
                then cast(try_cast(follow_up_due as timestamp) as date)
            when regexp_full_match(follow_up_due, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)? ?(Z|[+-]((0[0-9]|1[0-7])(:?[0-5][0-9])?|18(:?00)?))')
                then cast(cast(try_cast(replace(replace(replace(follow_up_due, ' Z', 'Z'), ' +', '+'), ' -', '-') as timestamptz) as timestamp) as date)
        end as follow_up_due,
        case
            when follow_up_done like '____-__-__' and follow_up_done not like '-%'
                then try_cast(follow_up_done as date)
            when regexp_full_match(follow_up_done, '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?)?')
                then cast(try_cast(follow_up_done as timestamp) as date)
            when regexp_full_match(follow_up_done, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)? ?(Z|[+-]((0[0-9]|1[0-7])(:?[0-5][0-9])?|18(:?00)?))')
                then cast(cast(try_cast(replace(replace(replace(follow_up_done, ' Z', 'Z'), ' +', '+'), ' -', '-') as timestamptz) as timestamp) as date)
        end as follow_up_done,
        rater_id,
        notes,
        file_id,
        line_number,
        is_tombstone
    from landed
),

newest as (
    select *
    from typed
    qualify row_number() over (
        partition by session_id
        order by file_id desc, line_number desc
    ) = 1
),

standing as (
    select
        session_id,
        employee_id,
        coach_id,
        started_at,
        duration_minutes,
        modality,
        trigger,
        style,
        asked_desired_future,
        asked_ideal_self,
        listened_without_interrupting,
        acknowledged_feelings,
        found_common_ground,
        discussed_strengths,
        identified_need,
        offered_help,
        agreed_follow_up,
        agent_set_goal,
        recited_metrics,
        told_what_to_fix,
        imposed_plan,
        threatened_consequences,
        follow_up_due,
        follow_up_done,
        rater_id,
        notes,
        file_id,
        line_number
    from newest
    where not is_tombstone
)

select * from standing
