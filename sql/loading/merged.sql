-- One row per key of a source that has every column it must have: its feeds merged by column.
with by_feed as (
    {by_feed}
),

merged as (
    select
        {key},
        {values}
        arg_min(file_id, _rank) as file_id,
        arg_min(line_number, _rank) as line_number
    from by_feed
    group by {key}
)

select *
from merged
where {is_complete}
