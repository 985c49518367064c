-- One row: how many rows a table has, and how many with a value of a column.
select count(*) as n_rows, count({value}) as n_values
from {judged} as staged
