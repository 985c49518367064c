-- One row: the least and the most of a column among the rows that meet a condition.
select min({value}) as least, max({value}) as most
from {judged} as staged
where {is_within}
