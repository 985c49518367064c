-- site/headcount: one row, the agents who are employed and those who have left; a number under the
-- smallest group of $min_group is NULL, and nobody at all is told as such.
with counted as (
    select
        count(*) filter (where is_employed) as n_employed,
        count(*) filter (where exit_date is not null) as n_left
    from marts.agent
    where is_ever_agent
),

told as (
    select
        case when n_employed >= $min_group then n_employed end as n_employed,
        case when n_left >= $min_group then n_left end as n_left,
        n_employed + n_left > 0 as is_anybody
    from counted
)

select * from told
