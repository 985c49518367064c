-- A source's parts that stand: one row per feed, portion, part and key, of the feed's newest file
-- with the key's portion, unless a later tombstone deletes it.
create or replace table {parts} as
with typed as (
    select
        {typed},
        raw.file_id,
        raw.line_number,
        raw.is_tombstone,
        coalesce(file.feed, '') as feed,
        coalesce(raw.part, '') as part,
        {portion} as portion
    from {raw} as raw
    inner join (select file_id, feed from ledger.file) as file on file.file_id = raw.file_id
    where not raw.is_quarantined
),

gone as (
    select {key}, max(file_id) as gone_id
    from typed
    where is_tombstone
    group by {key}
)

select part.feed, part.part, part.portion, {kept}, part.file_id, part.line_number
from typed as part
left join gone on {same_key}
where not part.is_tombstone and (gone.gone_id is null or part.file_id > gone.gone_id)
qualify
    rank() over (
        partition by part.feed, part.portion, {part_key} order by part.file_id desc
    ) = 1
    and row_number() over (
        partition by part.feed, part.portion, part.part, {part_key}
        order by part.file_id desc, part.line_number desc
    ) = 1
