-- One row per delivery that has rows in a table.
select distinct file_id
from {raw}
