-- set_aside/gap: one row per person and span of days in which they weren't employed, and why not.
-- An employment runs from its hire date through its first exit; after the exit, and before the next
-- hire date if there is one, nobody is there.
with hire as (
    select distinct employee_id, hire_date
    from staging.roster
    where hire_date is not null
),

employment as (
    select
        employee_id,
        hire_date,
        lead(hire_date, 1, date '9999-12-31') over (
            partition by employee_id
            order by hire_date
        ) as next_hire_date
    from hire
),

first_exit as (
    select
        employment.employee_id,
        employment.next_hire_date,
        min(leaving.separation_date) as exit_date
    from employment
    inner join staging.attrition as leaving
        on leaving.employee_id = employment.employee_id
        and leaving.separation_date >= employment.hire_date
        and leaving.separation_date < employment.next_hire_date
    group by employment.employee_id, employment.next_hire_date
),

gap as (
    select
        employee_id,
        date '0001-01-01' as first_day,
        cast(min(hire_date) - interval 1 day as date) as last_day,
        'before_hire' as reason
    from hire
    group by employee_id
    union all
    select
        employee_id,
        cast(exit_date + interval 1 day as date) as first_day,
        cast(next_hire_date - interval 1 day as date) as last_day,
        'after_exit' as reason
    from first_exit
)

select * from gap
