-- study/silent_agent: one row per agent without an exit, where their newest roster row is, and
-- whether nothing was heard of them in the last 60 days of data: no shift, session, answer or week.
-- Where neither shifts nor weeks reach those days nobody is judged: sessions alone come too seldom.
with last_days as (
    select
        cast(counts_until - interval 60 day as date) as silent_before,
        counts_until
    from staging.study_setting
),

told as (
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

heard as (
    select employee_id, is_work
    from told
    where
        day >= (select silent_before from last_days)
        and day <= (select counts_until from last_days)
),

heard_of as (
    select distinct employee_id
    from heard
),

newest as (
    select
        roster.employee_id,
        roster.hire_date,
        roster.role,
        roster.file_id,
        roster.line_number
    from staging.roster as roster
    cross join last_days
    where roster.effective_date <= last_days.counts_until
    qualify row_number() over (
        partition by roster.employee_id
        order by roster.effective_date desc
    ) = 1
),

silent_agent as (
    select
        file.file,
        newest.line_number,
        heard_of.employee_id is null as is_silent
    from newest
    cross join last_days
    left join heard_of on heard_of.employee_id = newest.employee_id
    left join ledger.file as file on file.file_id = newest.file_id
    anti join staging.attrition as leaving
        on leaving.employee_id = newest.employee_id
        and leaving.separation_date >= newest.hire_date
    where
        newest.role = 'agent'
        and newest.hire_date < last_days.silent_before
        and exists (select 1 from heard where is_work)
)

select * from silent_agent
order by file, line_number
