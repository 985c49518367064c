-- marts.trial_candidate: one row per person who was ever on the roster. Private, never published.
-- Who enters the emulated trial, on which day, and why everybody else doesn't: `exclusion` is the
-- first step a person fails, NULL for those who stand in the analysis. An agent enters once, at
-- the first session whose style is one of the two arm labels; that date is day 0.
-- Somebody whose hire date lies after day 0 wasn't an agent on that day.
with person as (
    select
        employee_id,
        max(case when role = 'agent' then 1 else 0 end) = 1 as is_ever_agent
    from staging.roster
    group by employee_id
),

coached_person as (
    select distinct employee_id
    from staging.coaching_sessions
),

first_arm_session as (
    select
        session.employee_id,
        session.coach_id,
        session.style as arm,
        session.trigger,
        cast(session.started_at as date) as day_0
    from staging.coaching_sessions as session
    cross join staging.study_setting as setting
    where session.style in (setting.arm_a, setting.arm_b)
    qualify row_number() over (
        partition by session.employee_id
        order by session.started_at asc nulls last, session.session_id asc nulls last
    ) = 1
),

roster_on_day_0 as (
    select
        session.employee_id,
        session.day_0,
        roster.hire_date,
        roster.site,
        roster.team,
        roster.role,
        roster.employment_type,
        roster.weekly_hours,
        roster.extra as roster_extra
    from first_arm_session as session
    inner join staging.roster as roster
        on roster.employee_id = session.employee_id
        and roster.effective_date <= session.day_0
    qualify row_number() over (
        partition by session.employee_id
        order by roster.effective_date desc nulls last
    ) = 1
),

-- An exit before the hire date belongs to an earlier employment of the same person.
leaving as (
    select
        roster.employee_id,
        employment_exit.exit_date,
        employment_exit.exit_type
    from roster_on_day_0 as roster
    inner join marts.employment_exit as employment_exit
        on employment_exit.employee_id = roster.employee_id
        and employment_exit.exit_date >= roster.hire_date
    qualify row_number() over (
        partition by roster.employee_id
        order by employment_exit.exit_date asc nulls last
    ) = 1
),

judged as (
    select
        person.employee_id,
        session.coach_id,
        session.arm,
        session.trigger,
        session.day_0,
        roster.* exclude (employee_id, day_0),
        leaving.exit_date,
        leaving.exit_type,
        setting.data_until,
        case
            when not person.is_ever_agent then 'never_agent'
            when coached.employee_id is null then 'no_session'
            when session.employee_id is null then 'no_arm_session'
            when session.day_0 > setting.data_until then 'after_data_until'
            when roster.employee_id is null then 'not_agent_on_day_0'
            when coalesce(roster.role, '') <> 'agent' then 'not_agent_on_day_0'
            when roster.hire_date is null then 'unknown_hire_date'
            when roster.hire_date > session.day_0 then 'not_agent_on_day_0'
            when leaving.exit_date <= session.day_0 then 'exit_on_or_before_day_0'
        end as exclusion
    from person
    cross join staging.study_setting as setting
    left join coached_person as coached on coached.employee_id = person.employee_id
    left join first_arm_session as session on session.employee_id = person.employee_id
    left join roster_on_day_0 as roster on roster.employee_id = person.employee_id
    left join leaving on leaving.employee_id = roster.employee_id
),

candidate as (
    select
        agent.person_key as agent_key,
        coach.person_key as coach_key,
        judged.arm,
        judged.day_0,
        judged.exclusion,
        judged.exit_date,
        judged.exit_type,
        case
            when judged.exclusion is null
                then cast(
                    date_diff('day', judged.day_0, coalesce(judged.exit_date, judged.data_until))
                    as integer
                )
        end as follow_up_days,
        judged.hire_date,
        cast(date_diff('day', judged.hire_date, judged.day_0) as integer) as tenure_days,
        judged.site,
        judged.team,
        judged.role,
        judged.employment_type,
        cast(judged.weekly_hours as double) as weekly_hours,
        judged.trigger,
        judged.roster_extra
    from judged
    inner join staging.pseudonym as agent on agent.employee_id = judged.employee_id
    left join staging.pseudonym as coach on coach.employee_id = judged.coach_id
)

select * from candidate
