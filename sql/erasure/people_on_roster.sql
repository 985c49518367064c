-- One row per person on the roster.
select distinct employee_id
from staging.roster
