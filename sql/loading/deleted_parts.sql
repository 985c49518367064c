-- One row per file: how many of its parts stand under a key that a tombstone deletes.
select stood.file_id, count(*) as n_rows, count(*) as n_changed
from {parts} as stood
where exists (select 1 from _arrived_parts as replacing where {same_key})
group by stood.file_id
