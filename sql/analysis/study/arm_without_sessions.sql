-- study/arm_without_sessions: one row per kind of coaching that the settings compare and no session
-- is of.
with arm as (
    select 1 as place, arm_a as label from staging.study_setting
    union all
    select 2 as place, arm_b as label from staging.study_setting
),

arm_without_sessions as (
    select arm.label
    from arm
    anti join staging.coaching_sessions as session on session.style = arm.label
    order by arm.place
)

select * from arm_without_sessions
