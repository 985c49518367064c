-- practice/session: one row per coaching session, in the order of a person's sessions.
select
    agent_key,
    coach_key,
    arm,
    duration_minutes,
    modality,
    trigger,
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
    follow_up_done
from marts.coaching_session
order by agent_key, session_number
