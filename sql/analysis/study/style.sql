-- study/style: one row per style of coaching session, and how many sessions have it; most first.
with by_style as (
    select style as label, count(*) as n_rows, count(distinct employee_id) as n_people
    from staging.coaching_sessions
    where style is not null
    group by style
)

select * from by_style
order by n_rows desc, label
