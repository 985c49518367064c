-- How much time do sessions take, how many are there, and are follow-ups kept? Per kind of coaching.
-- A follow-up counts as due once its day has come.
select
    topic,
    measure,
    arm,
    case when unit = 'fraction 0-1' then round(100 * value, 1) else round(value, 1) end as value,
    case when unit = 'fraction 0-1' then 'per 100' else unit end as unit,
    n_sessions,
    n_people,
    n_coaches,
    reason
from outcomes.coaching_practice
where topic in ('length', 'sessions_per_agent', 'follow_up')
order by topic, measure, arm
