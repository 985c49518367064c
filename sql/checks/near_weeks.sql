-- One row per row of which the week before it is less than 7 days ago.
select (employee_id, week_start) as person_and_week
from (
    {week_gaps}
)
where n_days < 7
