-- One row per exit.
select employee_id, separation_date
from staging.attrition
