-- One row per row of the roster: who was there from when on.
select employee_id, effective_date, hire_date
from staging.roster
