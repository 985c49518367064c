-- How many of those who left would we have kept? Leavers of the last twelve whole months whom HR marked so,
-- of those who have a mark, for everybody (as on the page Today) and each site; to the nearest five,
-- unless the settings say otherwise, so that a share is known to within such a step of the counts.
select
    scope_value as whose,
    n_regretted,
    n_recorded,
    round(100.0 * n_regretted / nullif(n_recorded, 0), 0) as regretted_per_100,
    round(100.0 * 5 / nullif(n_recorded, 0), 0) as step_per_100,
    first_month,
    last_month,
    status
from marts.regretted_exit
order by scope, scope_value
