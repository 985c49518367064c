-- At most one row of a table.
select *
from {table}
limit 1
