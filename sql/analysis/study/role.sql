-- study/role: one row per role on the roster, and how many rows and people have it; most first.
with by_role as (
    select role as label, count(*) as n_rows, count(distinct employee_id) as n_people
    from staging.roster
    group by role
)

select * from by_role
order by n_rows desc, label
