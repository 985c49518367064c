-- One row per file: how many of its rows are the only part of their key.
select file_id, count(*) as n_rows
from {staged}
anti join {parts} using ({key})
group by file_id
