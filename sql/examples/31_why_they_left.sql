-- Why did people leave in the last twelve months, in the words that were delivered? Reasons of fewer
-- than ten people, or of fewer than three teams, stand together after those that are told, and who left
-- without a reason comes last; 'other' is a word that was delivered. Counts are to the nearest five, unless the
-- settings say otherwise: a share is known to within such a step of the counts, which the next column tells.
select
    reason,
    n_exits,
    round(100.0 * n_exits / sum(n_exits) over (), 0) as per_100_that_are_told,
    round(100.0 * 5 / sum(n_exits) over (), 0) as step_per_100,
    first_month,
    last_month,
    status
from marts.exit_reason
order by
    case reason when 'not recorded' then 2 when 'reasons of few people, together' then 1 else 0 end,
    n_exits desc nulls last,
    reason
