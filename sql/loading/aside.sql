-- A source's rows that can't count yet, each with its reason and the day that it waits for.
create or replace table {aside} as
select staged.*, found.set_aside_reason, found.set_aside_until
from {staged} as staged
inner join temp.aside_row as found on found.row_id = staged.rowid
