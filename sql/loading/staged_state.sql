-- One row: how a staged source stands; it changes with every delivery that changes a row.
select concat(count(*), ':', max(file_id)) as state
from {staged}
