-- One row per file: how many of its rows stand, tombstones among them.
with current_row as (
    select file_id from {staged}
    union all
    select file_id from {deleted}
)

select file_id, count(*) as n_rows
from current_row
group by file_id
