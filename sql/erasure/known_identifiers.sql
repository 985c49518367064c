-- One row per person whom the last refresh had.
select employee_id
from {pseudonyms}
