-- claims/first_sign: one row per person with a first sign of strain; clusters are teams, no arm.
select
    *,
    team as coach_key,
    cast(null as varchar) as arm
from marts.first_sign
order by agent_key
