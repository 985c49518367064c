-- claims/agent_month: one row per agent and month, months counted from year 0.
select
    agent_key,
    site || ' / ' || team as team,
    year(month) * 12 + month(month) as period,
    csat_mean_1_5,
    cast(coalesce(csat_responses, 1) as double) as csat_responses,
    unplanned_absence_rate,
    scheduled_hours
from marts.agent_month
order by agent_key, month
