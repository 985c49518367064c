-- temp.staged_value: one row per staged row of a source, its day, a value, whether it counts.
create or replace temp view staged_value as
select {day} as day, {value} as value, {is_counted} as is_counted
from {staged}
