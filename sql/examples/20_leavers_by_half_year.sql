-- How many leave in a month, and by whose choice? Per 100 agents employed in the month, by site and
-- half-year, so that a month of few leavers tells of nobody; groups of fewer than 10 are left out.
with half_year as (
    select
        site,
        extract(year from month) as year,
        case when extract(month from month) <= 6 then 1 else 2 end as half,
        agent_key,
        exit_type
    from marts.agent_month
)

select
    site,
    year,
    half,
    count(distinct agent_key) as n_agents,
    count(*) as n_agent_months,
    count(exit_type) as n_leavers,
    round(100.0 * count(exit_type) / count(*), 2) as leavers_per_100_agents_a_month,
    round(100.0 * count(*) filter (where exit_type = 'voluntary') / count(*), 2)
        as by_choice_per_100_agents_a_month
from half_year
group by site, year, half
having count(distinct agent_key) >= 10 and count(exit_type) >= 10
order by site nulls last, year, half
