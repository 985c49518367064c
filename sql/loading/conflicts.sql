-- One row: in how many keys feeds say different things about each column.
with by_feed as (
    {by_feed}
),

differing as (
    select {differs}
    from by_feed
    group by {key}
)

select {counts}
from differing
