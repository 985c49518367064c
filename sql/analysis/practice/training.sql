-- practice/training: one row per person, course and day of completion.
select *
from marts.training
order by agent_key, course, completed_on
