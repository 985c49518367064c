-- claims/session: one row per session of one of the two kinds that are compared.
select
    session.agent_key,
    session.coach_key,
    session.arm,
    session.arm = setting.arm_a as is_arm_a,
    session.duration_minutes
from marts.coaching_session as session
cross join staging.study_setting as setting
where session.arm is not null
order by session.agent_key, session.session_number
