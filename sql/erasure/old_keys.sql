-- One row per current row from before a day: its key.
select {key}
from {staged}
where {day} < $before
