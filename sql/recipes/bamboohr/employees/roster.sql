-- One row per employee, from the hire date on.
select
    "employeeNumber" as employee_id,
    day_of("hireDate", '%Y-%m-%d') as effective_date,
    day_of("hireDate", '%Y-%m-%d') as hire_date,
    "location" as site,
    "department" as team,
    coalesce(role_of("jobTitle", $agent_job, $coach_job, $manager_job), $role_without_job) as role,
    case
        when lower("employmentHistoryStatus") <> 'terminated'
            then employment_type_of("employmentHistoryStatus")
    end as employment_type,
    _line
from delivery
