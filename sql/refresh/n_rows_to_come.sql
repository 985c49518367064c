-- One row: how many rows of a source are of days that are still to come.
select count(*) as n_rows
from {staged}
where cast({day} as date) > $today
