-- claims/coach_entry: one row per coach in the analysis of coaches; each is a cluster of one.
select
    *,
    agent_key as coach_key
from marts.coach_entry
order by agent_key
