-- What kinds of coaching do agents meet, and what brings the sessions about? Sessions without a
-- label are counted as such rather than left out.
select
    cast(date_trunc('quarter', session_month) as date) as quarter,
    coalesce(style, 'not labelled') as style,
    coalesce(trigger, 'not recorded') as brought_about_by,
    count(*) as n_sessions,
    count(distinct agent_key) as n_agents,
    round(avg(duration_minutes), 1) as mean_minutes,
    round(avg(compassionate_share), 3) as mean_compassionate_share
from marts.coaching_session
group by 1, 2, 3
having count(distinct agent_key) >= 10
order by 1, 2, 3
