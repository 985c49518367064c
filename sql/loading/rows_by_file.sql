-- One row per file: how many rows a table has of it.
select file_id, count(*) as n_rows
from {counted}
group by file_id
