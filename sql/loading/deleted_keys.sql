-- A source's keys that a tombstone deleted: one row per key.
create or replace table {deleted} as
with typed as (
    select {typed_key}, file_id, line_number, is_tombstone
    from {raw}
    where not is_quarantined
),

newest as (
    select *
    from typed
    qualify row_number() over (partition by {key} order by file_id desc, line_number desc) = 1
)

select {key}, file_id, line_number
from newest
where is_tombstone
