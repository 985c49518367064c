-- One row: how many of the keys that arrived stand more than once.
with arrived as (
    {arrived}
),

twice as (
    select {key}
    from {judged}
    semi join arrived using ({key})
    group by all
    having count(*) > 1
)

select count(*) as n_keys from twice
