-- One row per value of an expression, NULL last: how many rows have it.
with judged as (
    select ({value}) as value
    from {judged} as staged
)

select value, count(*) as n_rows
from judged
group by value
order by value nulls last
