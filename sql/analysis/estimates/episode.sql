-- estimates/episode: one row per agent in the analysis, in the order of the key.
select *
from marts.coaching_episode
order by agent_key
