-- One row per worker, from the hire date on: the report tells how things are now, not since when.
-- A manager who is only named is looked for in the same report.
with workers as (
    select
        *,
        trim(regexp_replace(split_part("Worker", chr(10), 1), '\s*[(]Terminated[)]$', '')) as name,
        lower(coalesce("Job Profile", '')) as job
    from delivery
),

by_name as (
    select name, min("Employee ID") as id
    from workers
    where "Employee ID" is not null
    group by name
    having count(distinct "Employee ID") = 1
)

select
    worker."Employee ID" as employee_id,
    day_of(worker."Hire Date", ['%Y-%m-%d', $date_format]) as effective_date,
    day_of(worker."Hire Date", ['%Y-%m-%d', $date_format]) as hire_date,
    worker."Location" as site,
    name_before_brackets(split_part(worker."Supervisory Organization", chr(10), 1)) as team,
    case
        when worker.job = '' then $role_without_job
        when regexp_matches(worker.job, $coach_job) then 'coach'
        when regexp_matches(worker.job, $agent_job) then 'agent'
        when regexp_matches(worker.job, $manager_job) then 'manager'
        else worker.job
    end as role,
    coalesce(worker."Manager - Employee ID", by_name.id) as supervisor_id,
    case lower(worker."Time Type")
        when 'full time' then 'full_time'
        when 'part time' then 'part_time'
        else lower(worker."Time Type")
    end as employment_type,
    worker."Scheduled Weekly Hours" as weekly_hours,
    worker._line,
    case when worker."Hire Date" is null and worker."Location" is null then 'total row' end as _skip
from workers as worker
left join by_name on by_name.name = trim(split_part(worker."Manager", chr(10), 1))
