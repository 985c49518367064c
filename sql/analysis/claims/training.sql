-- claims/training: one row per person, course and day of completion, with month and quarter counted.
select
    *,
    year(completed_on) * 12 + month(completed_on) as month_number,
    year(completed_on) * 4 + quarter(completed_on) as quarter_number
from marts.training
order by agent_key, course, completed_on
