-- How many people does a coach have, and how mixed is what coaches give? In bands: no coach is told
-- one by one, and nobody can be ranked.
select
    topic,
    measure as band,
    n_coaches,
    n_people,
    round(1.0 * n_people / nullif(n_coaches, 0), 1) as people_per_coach,
    round(100 * value, 1) as per_100_coaches,
    reason
from outcomes.coaching_practice
where topic in ('coach_mix', 'people_per_coach')
order by topic, position
