-- grades/people_now: one row per site, how many agents are employed there on $as_of.
with newest as (
    select employee_id, site, role, hire_date
    from staging.roster
    where effective_date <= $as_of
    qualify row_number() over (partition by employee_id order by effective_date desc) = 1
),

employed as (
    select newest.site
    from newest
    left join staging.attrition as leaving
        on leaving.employee_id = newest.employee_id
        and leaving.separation_date >= newest.hire_date
        and leaving.separation_date <= $as_of
    where newest.role = 'agent' and leaving.employee_id is null
),

by_site as (
    select site, count(*) as n_people
    from employed
    group by site
)

select * from by_site
