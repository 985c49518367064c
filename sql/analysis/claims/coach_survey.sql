-- claims/coach_survey: one row per survey response of somebody who had coached.
select *
from marts.coach_practice
order by agent_key, response_number
