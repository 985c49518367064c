-- One row per employee, from the hire date on; managers are named by their USERID.
with by_user as (
    select "USERID" as user_id, min("EMPID") as id
    from delivery
    group by all
    having count(distinct "EMPID") = 1
)

select
    worker."EMPID" as employee_id,
    day_of("HIREDATE", ['%Y-%m-%d', $date_format]) as effective_date,
    day_of("HIREDATE", ['%Y-%m-%d', $date_format]) as hire_date,
    name_before_brackets("LOCATION") as site,
    "DEPARTMENT" as team,
    coalesce(role_of("TITLE", $agent_job, $coach_job, $manager_job), $role_without_job) as role,
    case when "MANAGER" <> 'NO_MANAGER' then coalesce(by_user.id, "MANAGER") end as supervisor_id,
    _line
from delivery as worker
left join by_user on by_user.user_id = worker."MANAGER"
