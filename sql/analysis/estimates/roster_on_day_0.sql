-- estimates/roster_on_day_0: one row per agent in the analysis, with the roster as of day 0.
-- Columns that the contracts don't name stand together in `roster_extra`, as JSON.
select
    agent_key,
    site,
    team,
    employment_type,
    weekly_hours,
    roster_extra
from marts.trial_candidate
where exclusion is null
order by agent_key
