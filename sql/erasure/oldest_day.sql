-- One row: the oldest day of a table's rows.
select cast(min({day}) as date) as oldest
from {table}
