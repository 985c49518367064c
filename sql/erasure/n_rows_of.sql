-- One row: how many rows of a table name one of some people.
select count(*) as n_rows
from {table}
where {is_named}
