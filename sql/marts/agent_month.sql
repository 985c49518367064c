-- marts.agent_month: one row per agent and calendar month with at least one employed day.
-- Role, site and team are those of the last employed day in the month. A source without rows for
-- the month gives NULL ("no data"), never 0; sessions are counted, so none is 0. A performance
-- week belongs to the month it starts in. Nothing after the end of data is counted.
with agent_calendar as (
    select *
    from marts.employed_month
    where role = 'agent'
),

shift_month as (
    select
        shift.employee_id,
        cast(date_trunc('month', shift.shift_date) as date) as month,
        sum(cast(shift.scheduled_hours as double)) as scheduled_hours,
        sum(coalesce(cast(shift.absent_hours as double), 0)) as absence_hours,
        sum(case when shift.absence_type = 'sick' then shift.absent_hours else 0 end)
            as sick_hours,
        sum(case when shift.absence_type = 'no_show' then shift.absent_hours else 0 end)
            as no_show_hours,
        sum(case when shift.absence_type = 'unplanned_other' then shift.absent_hours else 0 end)
            as unplanned_other_hours,
        sum(case when shift.absence_type = 'planned_leave' then shift.absent_hours else 0 end)
            as planned_leave_hours,
        sum(case when shift.absence_type = 'statutory_leave' then shift.absent_hours else 0 end)
            as statutory_leave_hours,
        sum(case when shift.absence_type is null then shift.absent_hours else 0 end)
            as unknown_absence_hours,
        sum(case when kind.is_unplanned then shift.absent_hours else 0 end)
            as unplanned_absence_hours
    from staging.shifts as shift
    left join marts.absence_type as kind on kind.absence_type = shift.absence_type
    cross join staging.study_setting as setting
    where shift.shift_date <= setting.data_until
    group by shift.employee_id, cast(date_trunc('month', shift.shift_date) as date)
),

session_month as (
    select
        session.employee_id,
        cast(date_trunc('month', session.started_at) as date) as month,
        count(*) as n_sessions,
        sum(case when session.style = setting.arm_a then 1 else 0 end) as n_sessions_arm_a,
        sum(case when session.style = setting.arm_b then 1 else 0 end) as n_sessions_arm_b
    from staging.coaching_sessions as session
    cross join staging.study_setting as setting
    where cast(session.started_at as date) <= setting.data_until
    group by session.employee_id, cast(date_trunc('month', session.started_at) as date)
),

weighted_week as (
    select
        week.employee_id,
        cast(date_trunc('month', week.week_start) as date) as month,
        week.contacts_handled,
        week.difficult_contacts,
        cast(week.csat_mean as double) as csat_mean,
        week.csat_responses,
        cast(coalesce(week.csat_responses, 1) as double) as csat_weight,
        cast(week.quality_score as double) as quality_score,
        cast(week.handle_seconds as double) as handle_seconds,
        cast(week.first_contact_resolution as double) as first_contact_resolution
    from staging.performance as week
    cross join staging.study_setting as setting
    where week.week_start <= setting.data_until
),

performance_month as (
    select
        employee_id,
        month,
        cast(sum(contacts_handled) as bigint) as contacts_handled,
        cast(sum(difficult_contacts) as bigint) as difficult_contacts,
        sum(csat_mean * csat_weight)
            / nullif(sum(case when csat_mean is not null then csat_weight end), 0)
            as csat_mean_1_5,
        cast(sum(csat_responses) as bigint) as csat_responses,
        avg(quality_score) as quality_score_0_100,
        avg(handle_seconds) as handle_seconds,
        avg(first_contact_resolution) as first_contact_resolution
    from weighted_week
    group by employee_id, month
),

survey_or_training as (
    select employee_id, submitted_on as happened_on, 1 as n_survey_responses, 0 as n_trainings
    from staging.fatigue_surveys
    union all
    select employee_id, completed_on as happened_on, 0 as n_survey_responses, 1 as n_trainings
    from staging.training
),

occasion_month as (
    select
        occasion.employee_id,
        cast(date_trunc('month', occasion.happened_on) as date) as month,
        sum(occasion.n_survey_responses) as n_survey_responses,
        sum(occasion.n_trainings) as n_trainings
    from survey_or_training as occasion
    cross join staging.study_setting as setting
    where occasion.happened_on <= setting.data_until
    group by occasion.employee_id, cast(date_trunc('month', occasion.happened_on) as date)
),

agent_month as (
    select
        agent.person_key as agent_key,
        calendar.month,
        calendar.site,
        calendar.team,
        calendar.role,
        calendar.employment_type,
        calendar.weekly_hours,
        supervisor.person_key as supervisor_key,
        cast(date_diff('day', calendar.hire_date, calendar.last_employed_day) as integer)
            as tenure_days,
        cast(
            12 * (year(calendar.month) - year(calendar.hire_date))
            + month(calendar.month) - month(calendar.hire_date)
            as integer
        ) as tenure_months,
        calendar.employed_days,
        calendar.exit_type,
        cast(coalesce(session.n_sessions, 0) as integer) as n_sessions,
        cast(coalesce(session.n_sessions_arm_a, 0) as integer) as n_sessions_arm_a,
        cast(coalesce(session.n_sessions_arm_b, 0) as integer) as n_sessions_arm_b,
        shift.scheduled_hours,
        shift.absence_hours,
        cast(shift.sick_hours as double) as sick_hours,
        cast(shift.no_show_hours as double) as no_show_hours,
        cast(shift.unplanned_other_hours as double) as unplanned_other_hours,
        cast(shift.planned_leave_hours as double) as planned_leave_hours,
        cast(shift.statutory_leave_hours as double) as statutory_leave_hours,
        cast(shift.unknown_absence_hours as double) as unknown_absence_hours,
        cast(shift.unplanned_absence_hours as double) as unplanned_absence_hours,
        cast(shift.unplanned_absence_hours as double)
            / nullif(shift.scheduled_hours, 0) as unplanned_absence_rate,
        performance.contacts_handled,
        performance.difficult_contacts,
        performance.csat_mean_1_5,
        performance.csat_responses,
        performance.quality_score_0_100,
        performance.handle_seconds,
        performance.first_contact_resolution,
        cast(coalesce(occasion.n_survey_responses, 0) as integer) as n_survey_responses,
        cast(coalesce(occasion.n_trainings, 0) as integer) as n_trainings
    from agent_calendar as calendar
    inner join staging.pseudonym as agent on agent.employee_id = calendar.employee_id
    left join staging.pseudonym as supervisor
        on supervisor.employee_id = calendar.supervisor_id
    left join shift_month as shift
        on shift.employee_id = calendar.employee_id and shift.month = calendar.month
    left join session_month as session
        on session.employee_id = calendar.employee_id and session.month = calendar.month
    left join performance_month as performance
        on performance.employee_id = calendar.employee_id
        and performance.month = calendar.month
    left join occasion_month as occasion
        on occasion.employee_id = calendar.employee_id and occasion.month = calendar.month
)

select * from agent_month
