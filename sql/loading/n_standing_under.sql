-- One row per file: how many rows of a table stand under a key that arrived.
select stood.file_id, count(*) as n_rows, count(*) as n_changed
from {standing} as stood
where exists (select 1 from _arrived as arrived where {same_key})
group by stood.file_id
