-- One row, of the person of a staged row: the day of the first hire, NULL where nobody is known.
select min(roster.hire_date) as first_hire
from staging.roster as roster
where roster.employee_id = staged.employee_id
