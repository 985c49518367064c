-- One row: how many rows of a table, near by their days, stand under a key that arrived.
select count(*) as n_rows
from (from {standing} where {is_near})
semi join {arrived} using ({key})
