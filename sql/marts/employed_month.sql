-- marts.employed_month: one row per person and month with at least one employed day. Private.
-- The calendar that agent_month hangs its sums on: who was employed when, and in which place. An
-- employment runs from its hire date (or the person's first roster row, if later) through the day
-- of exit; months before anything was observed are left out.
with hire as (
    select distinct
        employee_id,
        hire_date
    from staging.roster
    where hire_date is not null
),

first_roster_row as (
    select
        employee_id,
        min(effective_date) as first_effective_date
    from staging.roster
    group by employee_id
),

employment as (
    select
        employee_id,
        hire_date,
        lead(hire_date) over (partition by employee_id order by hire_date) as next_hire_date
    from hire
),

employment_exit as (
    select
        employment.employee_id,
        employment.hire_date,
        min(attrition.separation_date) as exit_date
    from employment
    inner join staging.attrition as attrition
        on attrition.employee_id = employment.employee_id
        and attrition.separation_date >= employment.hire_date
        and attrition.separation_date < coalesce(employment.next_hire_date, date '9999-12-31')
    group by employment.employee_id, employment.hire_date
),

spell as (
    select
        employment.employee_id,
        greatest(employment.hire_date, first_row.first_effective_date) as first_day,
        least(
            setting.data_until,
            coalesce(leaving.exit_date, setting.data_until),
            coalesce(
                cast(employment.next_hire_date - interval 1 day as date), setting.data_until
            )
        ) as last_day,
        case when leaving.exit_date <= setting.data_until then leaving.exit_date end as exit_date
    from employment
    cross join staging.study_setting as setting
    inner join first_roster_row as first_row
        on first_row.employee_id = employment.employee_id
    left join employment_exit as leaving
        on leaving.employee_id = employment.employee_id
        and leaving.hire_date = employment.hire_date
),

employed as (
    select
        spell.employee_id,
        calendar.month,
        calendar.month_end,
        cast(
            sum(
                date_diff(
                    'day',
                    greatest(spell.first_day, calendar.month),
                    least(spell.last_day, calendar.month_end)
                ) + 1
            ) as integer
        ) as employed_days,
        max(least(spell.last_day, calendar.month_end)) as last_employed_day,
        min(spell.first_day) < calendar.month as is_employed_before,
        max(case when spell.exit_date <= calendar.month_end then spell.exit_date end) as exit_date
    from spell
    inner join marts.dim_month as calendar
        on spell.first_day <= calendar.month_end
        and spell.last_day >= calendar.month
    where spell.first_day <= spell.last_day
    group by spell.employee_id, calendar.month, calendar.month_end
),

placed as (
    select
        employed.employee_id,
        employed.month,
        employed.month_end,
        employed.employed_days,
        employed.last_employed_day,
        employed.exit_date,
        employed.is_employed_before,
        roster.hire_date,
        roster.site,
        roster.team,
        roster.role,
        roster.employment_type,
        cast(roster.weekly_hours as double) as weekly_hours,
        roster.supervisor_id
    from employed
    inner join staging.roster as roster
        on roster.employee_id = employed.employee_id
        and roster.effective_date <= employed.last_employed_day
    qualify row_number() over (
        partition by employed.employee_id, employed.month
        order by roster.effective_date desc nulls last
    ) = 1
),

employed_month as (
    select
        placed.*,
        case
            when placed.exit_date is not null then coalesce(attrition.separation_type, 'other')
        end as exit_type
    from placed
    left join staging.attrition as attrition
        on attrition.employee_id = placed.employee_id
        and attrition.separation_date = placed.exit_date
)

select * from employed_month
