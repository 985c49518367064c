-- One row per worker, from the start date on.
select
    "Employee_ID" as employee_id,
    day_of("Start_Date", '%Y-%m-%d') as effective_date,
    day_of("Start_Date", '%Y-%m-%d') as hire_date,
    "Location" as site,
    "Team_Name" as team,
    coalesce(role_of("Job_Title", $agent_job, $coach_job, $manager_job), $role_without_job)
        as role,
    "Manager_ID" as supervisor_id,
    employment_type_of("Employee_Type") as employment_type,
    _line
from delivery
