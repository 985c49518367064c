-- One row per employee, from the hire date on.
with by_name as (
    select name_of("Last name, First name") as name, min("Employee #") as id
    from delivery
    group by all
    having count(distinct "Employee #") = 1
)

select
    "Employee #" as employee_id,
    day_of("Hire Date", ['%Y-%m-%d', $date_format]) as effective_date,
    day_of("Hire Date", ['%Y-%m-%d', $date_format]) as hire_date,
    "Location" as site,
    "Division" as team,
    role_of("Job Title", $agent_job, $coach_job, $manager_job) as role,
    by_name.id as supervisor_id,
    employment_type_of("Employment Status") as employment_type,
    "Standard Hours per Week" as weekly_hours,
    _line
from delivery
left join by_name on by_name.name = name_of("Reporting to")
