-- checks/week_gap: one row per week of performance, with the days since the person's week before.
with week_gap as (
    select
        employee_id,
        week_start,
        week_start
        - lag(week_start) over (partition by employee_id order by week_start) as n_days
    from staging.performance
)

select * from week_gap
