-- One row, of the person of a staged row: the day of the last hire, NULL where nobody is known.
select max(roster.hire_date) as last_hire
from staging.roster as roster
where roster.employee_id = staged.employee_id
