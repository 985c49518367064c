-- How long do new hires stay? Of those hired in a quarter, how many had left within 90 and 180 days.
-- A quarter that began before the data says no_data and has no figure: those who left early aren't in the
-- data. Only quarters whose people have all been here that long; groups of fewer than 10 are left out.
with reach as (
    select
        (select max(month) from marts.agent_month) as last_month,
        (select min(observed_from_month) from marts.dim_month) as observed_from_month
),

hired as (
    select
        agent.agent_key,
        date_trunc('quarter', agent.hire_month) as quarter,
        case when agent.exit_type is not null then agent.tenure_days end as days_to_exit,
        date_diff('month', agent.hire_month, reach.last_month) as months_ago,
        coalesce(date_trunc('quarter', agent.hire_month) >= reach.observed_from_month, false)
            as is_observed
    from marts.agent as agent
    cross join reach
    where agent.is_ever_agent
),

counted as (
    select
        quarter,
        is_observed,
        count(*) as n_hired,
        count(*) filter (where days_to_exit <= 90) as n_left_within_90_days,
        count(*) filter (where days_to_exit <= 180) as n_left_within_180_days
    from hired
    group by quarter, is_observed
    having count(*) >= 10 and min(months_ago) >= 7
)

select
    cast(quarter as date) as hired_in_quarter,
    n_hired,
    case when is_observed then n_left_within_90_days end as n_left_early,
    case when is_observed then n_left_within_180_days end as n_left_within_180_days,
    case when is_observed then round(100.0 * n_left_within_180_days / n_hired, 1) end
        as left_within_180_days_per_100,
    case when is_observed then 'shown' else 'no_data' end as status
from counted
order by quarter desc
