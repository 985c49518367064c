-- marts.starter: one row per agent and month of hire, with the days to the first exit from that hire on.
-- Private. Who counts as hired in a month is said here once: those who are agents on their last
-- employed day of it and whose hire lies in it; the month tables and marts.hire_month count these.
with hired as (
    select
        employed.employee_id,
        employed.month,
        employed.hire_date
    from marts.employed_month as employed
    inner join marts.dim_month as calendar on calendar.month = employed.month
    where employed.role = 'agent'
        and employed.hire_date between employed.month and calendar.month_end
),

starter as (
    select
        hired.employee_id,
        hired.month,
        cast(min(date_diff('day', hired.hire_date, leaving.exit_date)) as integer) as days_to_exit
    from hired
    left join marts.employment_exit as leaving
        on leaving.employee_id = hired.employee_id
        and leaving.exit_date >= hired.hire_date
    group by hired.employee_id, hired.month
)

select * from starter
