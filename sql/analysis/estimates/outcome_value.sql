-- estimates/outcome_value: one row per agent in the analysis and outcome beyond exits.
select *
from marts.episode_outcome
order by agent_key, outcome
