-- One row per number of rows under one key: how many rows stand so.
with keyed as (
    select count(*) as value
    from {judged}
    group by {key}
)

select value, cast(sum(value) as bigint) as n_rows
from keyed
group by value
order by value
