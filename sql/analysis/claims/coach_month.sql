-- claims/coach_month: one row per coach and month, months counted from year 0.
select
    coach_key as agent_key,
    coach_key,
    year(month) * 12 + month(month) as period,
    compassionate_share,
    cast(n_coded_sessions as double) as n_coded_sessions
from marts.coach_month
order by coach_key, month
