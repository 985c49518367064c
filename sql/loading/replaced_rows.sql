-- One row per file: how many of its rows are replaced, and in how many of them something changes.
select stood.file_id, {counts}
from {standing} as stood
inner join _rows as arrived on {same_key}
group by stood.file_id
