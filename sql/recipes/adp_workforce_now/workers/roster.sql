-- One row per worker, from the hire or the latest rehire on.
with by_name as (
    select name_of("Payroll Name") as name, min("File Number") as id
    from delivery
    group by all
    having count(distinct "File Number") = 1
)

select
    worker."File Number" as employee_id,
    day_of(day_of_serial(coalesce("Rehire Date", "Hire Date")), ['%Y-%m-%d', $date_format])
        as effective_date,
    day_of(day_of_serial(coalesce("Rehire Date", "Hire Date")), ['%Y-%m-%d', $date_format])
        as hire_date,
    "Location Description" as site,
    "Home Department Description" as team,
    role_of("Job Title Description", $agent_job, $coach_job, $manager_job) as role,
    by_name.id as supervisor_id,
    _line
from delivery as worker
left join by_name on by_name.name = name_of(worker."Reports To Name")
