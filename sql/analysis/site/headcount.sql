-- site/headcount: one row, the agents who are employed; a number under the smallest group of $min_group
-- is NULL, and no agent ever is told as such.
with counted as (
    select
        count(*) filter (where is_employed) as n_employed,
        count(*) as n_agents
    from marts.agent
    where is_ever_agent
),

told as (
    select
        case when n_employed >= $min_group then n_employed end as n_employed,
        n_agents > 0 as is_anybody
    from counted
)

select * from told
