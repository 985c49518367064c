-- One row: how many rows a table has, and how many with a value of a column, the least and the
-- most. What the table's file knows of itself: no row is looked at.
select count(*) as n_rows, count({value}) as n_values, min({value}) as least, max({value}) as most
from {judged} as staged
