-- estimates/coaches_course: one row, how many people completed the coaches' training.
select count(distinct agent_key) as n_people
from marts.training
where course = 'coaching_with_compassion'
