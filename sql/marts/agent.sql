-- marts.agent: one row per person who was ever on the roster, as things stand at the end of data:
-- plain facts, made anew every night. Whoever came after the last cut isn't in the analysis yet.
-- Coaches and others on the roster are in it too; `is_ever_agent` tells agents apart. Somebody
-- whose first roster row lies after the end of data has no place yet (NULL).
with person as (
    select
        employee_id,
        max(case when role = 'agent' then 1 else 0 end) = 1 as is_ever_agent
    from staging.roster
    group by employee_id
),

latest_place as (
    select
        roster.employee_id,
        roster.hire_date,
        roster.site,
        roster.team,
        roster.role,
        roster.employment_type,
        cast(roster.weekly_hours as double) as weekly_hours,
        roster.supervisor_id
    from staging.roster as roster
    cross join staging.study_setting as setting
    where roster.effective_date <= setting.counts_until
    qualify row_number() over (
        partition by roster.employee_id
        order by roster.effective_date desc nulls last
    ) = 1
),

leaving as (
    select
        place.employee_id,
        attrition.separation_date as exit_date,
        coalesce(attrition.separation_type, 'other') as exit_type
    from latest_place as place
    cross join staging.study_setting as setting
    inner join staging.attrition as attrition
        on attrition.employee_id = place.employee_id
        and attrition.separation_date >= place.hire_date
        and attrition.separation_date <= setting.counts_until
    qualify row_number() over (
        partition by place.employee_id
        order by attrition.separation_date asc nulls last
    ) = 1
),

session_count as (
    select
        session.employee_id,
        count(*) as n_sessions,
        sum(case when session.style = setting.arm_a then 1 else 0 end) as n_sessions_arm_a,
        sum(case when session.style = setting.arm_b then 1 else 0 end) as n_sessions_arm_b
    from staging.coaching_sessions as session
    cross join staging.study_setting as setting
    where cast(session.started_at as date) <= setting.counts_until
    group by session.employee_id
),

agent as (
    select
        pseudonym.person_key as agent_key,
        person.is_ever_agent,
        place.site,
        place.team,
        place.role,
        place.employment_type,
        place.weekly_hours,
        supervisor.person_key as supervisor_key,
        cast(date_trunc('month', place.hire_date) as date) as hire_month,
        cast(
            date_diff('day', place.hire_date, coalesce(leaving.exit_date, setting.counts_until))
            as integer
        ) as tenure_days,
        place.hire_date <= setting.counts_until and leaving.exit_date is null as is_employed,
        leaving.exit_date,
        leaving.exit_type,
        cast(coalesce(counted.n_sessions, 0) as integer) as n_sessions,
        cast(coalesce(counted.n_sessions_arm_a, 0) as integer) as n_sessions_arm_a,
        cast(coalesce(counted.n_sessions_arm_b, 0) as integer) as n_sessions_arm_b,
        candidate.agent_key is not null and candidate.exclusion is null as is_in_analysis,
        case
            when candidate.agent_key is null then 'after_data_until' else candidate.exclusion
        end as exclusion
    from person
    cross join staging.study_setting as setting
    inner join staging.pseudonym as pseudonym on pseudonym.employee_id = person.employee_id
    left join marts.trial_candidate as candidate
        on candidate.agent_key = pseudonym.person_key
    left join latest_place as place on place.employee_id = person.employee_id
    left join leaving on leaving.employee_id = person.employee_id
    left join session_count as counted on counted.employee_id = person.employee_id
    left join staging.pseudonym as supervisor on supervisor.employee_id = place.supervisor_id
)

select * from agent
