-- One row per file: how many of its parts are replaced, and in how many of them something changes.
select stood.file_id, {counts}
from {parts} as stood
left join _part_rows as arrived on {same_part}
where exists (select 1 from _arrived_parts as replacing where {same_key})
group by stood.file_id
