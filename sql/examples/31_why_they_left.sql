-- Why did people leave in the last twelve months, in the words that were delivered? Reasons of fewer
-- than ten people stand together as other, and counts are to the nearest five.
select
    reason,
    n_exits,
    round(100.0 * n_exits / sum(n_exits) over (), 0) as per_100_that_are_told,
    first_month,
    last_month,
    status
from marts.exit_reason
order by n_exits desc nulls last, reason
