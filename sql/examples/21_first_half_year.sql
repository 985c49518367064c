-- How long do new hires stay? Of those hired in a quarter, how many had left within 90 and 180 days.
-- Only quarters whose people have all been here that long; groups of fewer than 10 are left out.
with reach as (
    select max(month) as last_month
    from marts.agent_month
),

hired as (
    select
        agent.agent_key,
        date_trunc('quarter', agent.hire_month) as quarter,
        case when agent.exit_type is not null then agent.tenure_days end as days_to_exit,
        date_diff('month', agent.hire_month, reach.last_month) as months_ago
    from marts.agent as agent
    cross join reach
    where agent.is_ever_agent
)

select
    cast(quarter as date) as hired_in_quarter,
    count(*) as n_hired,
    count(*) filter (where days_to_exit <= 90) as n_left_early,
    count(*) filter (where days_to_exit <= 180) as n_left_within_180_days,
    round(100.0 * count(*) filter (where days_to_exit <= 180) / count(*), 1)
        as left_within_180_days_per_100
from hired
group by quarter
having count(*) >= 10 and min(months_ago) >= 7
order by quarter desc
