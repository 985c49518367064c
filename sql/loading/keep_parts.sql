-- The parts that arrived and meet a condition, among those that stand.
insert into {parts} by name
select {columns}
from _part_rows
where {condition}
