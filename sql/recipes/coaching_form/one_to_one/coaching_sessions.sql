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
    try_cast("Q1. Asked desired future?" as double) >= $yes_from as asked_desired_future,
    try_cast("Q2. Asked ideal self?" as double) >= $yes_from as asked_ideal_self,
    try_cast("Q3. Listened without interrupting?" as double) >= $yes_from
        as listened_without_interrupting,
    try_cast("Q4. Acknowledged feelings?" as double) >= $yes_from as acknowledged_feelings,
    try_cast("Q5. Found common ground?" as double) >= $yes_from as found_common_ground,
    try_cast("Q6. Discussed strengths?" as double) >= $yes_from as discussed_strengths,
    try_cast("Q7. Identified need?" as double) >= $yes_from as identified_need,
    try_cast("Q8. Offered help?" as double) >= $yes_from as offered_help,
    try_cast("Q9. Agreed follow up?" as double) >= $yes_from as agreed_follow_up,
    try_cast("Q10. Agent set goal?" as double) >= $yes_from as agent_set_goal,
    try_cast("Q11. Recited metrics?" as double) >= $yes_from as recited_metrics,
    try_cast("Q12. Told what to fix?" as double) >= $yes_from as told_what_to_fix,
    try_cast("Q13. Imposed plan?" as double) >= $yes_from as imposed_plan,
    try_cast("Q14. Threatened consequences?" as double) >= $yes_from as threatened_consequences,
    day_of("Follow-up Due", $date_format) as follow_up_due,
    day_of("Follow-up Completed", $date_format) as follow_up_done,
    "Evaluator" as rater_id,
    "Comments" as notes,
    _line,
    case when lower("Status") <> 'completed' then lower("Status") end as _skip
from answers
