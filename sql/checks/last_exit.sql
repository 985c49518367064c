-- One row, of the person of a staged row: the day of the last exit, NULL without one.
select max(leaving.separation_date) as last_exit
from staging.attrition as leaving
where leaving.employee_id = staged.employee_id
