-- claims/placebo_value: one row per agent in the analysis and outcome seen before day 0.
select *
from marts.placebo_outcome
order by agent_key, outcome
