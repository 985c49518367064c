-- estimates/trial_month: one row per agent and month of follow-up, up to month $last_month.
select
    agent_key,
    month_number,
    other_arm_day,
    known_quality_score_0_100,
    known_unplanned_absence_rate,
    known_n_sessions
from marts.trial_month
where month_number <= $last_month
order by agent_key, month_number
