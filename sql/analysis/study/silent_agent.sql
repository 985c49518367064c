-- study/silent_agent: one row per agent without an exit, where their newest roster row is, and
-- whether nothing was heard of them in the last 60 days of data: no shift, session, answer or week.
-- Where neither shifts nor weeks reach those days nobody is judged: sessions alone come too seldom.
with heard as (
    select employee_id, shift_date as day, true as is_work
    from staging.shifts
    union all
    select employee_id, week_start as day, true as is_work
    from staging.performance
    union all
    select employee_id, cast(started_at as date) as day, false as is_work
    from staging.coaching_sessions
    union all
    select employee_id, submitted_on as day, false as is_work
    from staging.fatigue_surveys
),

last_heard as (
    select
        heard.employee_id,
        max(heard.day) as last_day,
        max(case when heard.is_work then heard.day end) as last_work
    from heard
    cross join staging.study_setting as setting
    where heard.day <= setting.counts_until
    group by heard.employee_id
),

reach as (
    select
        cast(setting.counts_until - interval 60 day as date) as silent_before,
        setting.counts_until,
        (select max(last_work) from last_heard) as work_until
    from staging.study_setting as setting
),

newest as (
    select
        roster.employee_id,
        roster.hire_date,
        roster.role,
        roster.file_id,
        roster.line_number
    from staging.roster as roster
    cross join reach
    where roster.effective_date <= reach.counts_until
    qualify row_number() over (
        partition by roster.employee_id
        order by roster.effective_date desc
    ) = 1
),

silent_agent as (
    select
        file.file,
        newest.line_number,
        coalesce(last_heard.last_day, date '0001-01-01') < reach.silent_before as is_silent
    from newest
    cross join reach
    left join last_heard on last_heard.employee_id = newest.employee_id
    left join ledger.file as file on file.file_id = newest.file_id
    anti join staging.attrition as leaving
        on leaving.employee_id = newest.employee_id
        and leaving.separation_date >= newest.hire_date
    where
        newest.role = 'agent'
        and newest.hire_date < reach.silent_before
        and reach.work_until >= reach.silent_before
)

select * from silent_agent
order by file, line_number
