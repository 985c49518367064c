-- claims/quality_window: one row per agent in the analysis and window of days after day 0.
select *
from marts.episode_quality
order by agent_key, first_day
