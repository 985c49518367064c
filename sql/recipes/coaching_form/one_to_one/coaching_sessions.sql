-- One row per session that was held. The form gives no number, so coach, agent and start make one.
with answers as (
    select
        *,
        lower("Coaching Approach (free text)") as approach,
        moment("Session Start (America/Chicago)", $time_format) as first_moment,
        moment("Session End (America/Chicago)", $time_format) as last_moment
    from delivery
)

select
    left(
        md5(concat_ws('|', lower("Coach Email"), lower("Agent Email"), first_moment)), 20
    ) as session_id,
    employee_of('email', "Agent Email") as employee_id,
    employee_of('email', "Coach Email") as coach_id,
    time_of("Session Start (America/Chicago)", $time_format) as started_at,
    minutes_between(first_moment, last_moment) as duration_minutes,
    case lower("Channel")
        when 'face to face' then 'in_person'
        when 'teams' then 'video'
        else lower("Channel")
    end as modality,
    case lower("Reason")
        when 'routine' then 'scheduled'
        when 'kpi miss' then 'metric_miss'
        when 'qa review' then 'quality_review'
        when 'requested by agent' then 'agent_request'
        else lower("Reason")
    end as trigger,
    case
        when regexp_matches(approach, '\b(' || $compliance || ')\b') then 'compliance'
        when regexp_matches(approach, '\b(' || $compassionate || ')\b') then 'compassionate'
        else approach
    end as style,
    at_least("Q1. Asked desired future?", $yes_from) as asked_desired_future,
    at_least("Q2. Asked ideal self?", $yes_from) as asked_ideal_self,
    at_least("Q3. Listened without interrupting?", $yes_from)
        as listened_without_interrupting,
    at_least("Q4. Acknowledged feelings?", $yes_from) as acknowledged_feelings,
    at_least("Q5. Found common ground?", $yes_from) as found_common_ground,
    at_least("Q6. Discussed strengths?", $yes_from) as discussed_strengths,
    at_least("Q7. Identified need?", $yes_from) as identified_need,
    at_least("Q8. Offered help?", $yes_from) as offered_help,
    at_least("Q9. Agreed follow up?", $yes_from) as agreed_follow_up,
    at_least("Q10. Agent set goal?", $yes_from) as agent_set_goal,
    at_least("Q11. Recited metrics?", $yes_from) as recited_metrics,
    at_least("Q12. Told what to fix?", $yes_from) as told_what_to_fix,
    at_least("Q13. Imposed plan?", $yes_from) as imposed_plan,
    at_least("Q14. Threatened consequences?", $yes_from) as threatened_consequences,
    day_of("Follow-up Due", $date_format) as follow_up_due,
    day_of("Follow-up Completed", $date_format) as follow_up_done,
    "Evaluator" as rater_id,
    "Comments" as notes,
    _line,
    case when lower("Status") <> 'completed' then lower("Status") end as _skip
from answers
