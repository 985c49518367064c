-- claims/survey: one row per survey response of an agent, in the order of a person's responses.
select *
from marts.survey_answer
where role = 'agent'
order by agent_key, response_number
