-- One row per row of a source from a day on: of whom it is.
select employee_id
from {staged}
where {day} >= $since
