-- checks/hired_again: one row per person and hire date that follows an earlier one, with where it
-- was delivered and whether an exit stands between the two.
with hired as (
    select
        employee_id,
        hire_date,
        min(file_id) as file_id,
        min(line_number) as line_number
    from staging.roster
    group by employee_id, hire_date
),

hired_again as (
    select
        *,
        lag(hire_date) over (partition by employee_id order by hire_date) as earlier_hire_date
    from hired
),

judged as (
    select
        hired_again.*,
        exists (
            select 1
            from staging.attrition as leaving
            where
                leaving.employee_id = hired_again.employee_id
                and leaving.separation_date >= hired_again.earlier_hire_date
                and leaving.separation_date <= hired_again.hire_date
        ) as has_left_between
    from hired_again
    where earlier_hire_date is not null
),

placed as (
    select judged.*, file.file
    from judged
    left join ledger.file as file on file.file_id = judged.file_id
)

select * from placed
order by file_id, line_number
