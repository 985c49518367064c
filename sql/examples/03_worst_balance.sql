-- Which characteristics are still unlike after weighting? Beyond 0.1 standard deviations the two
-- groups aren't alike in it, and the comparison deserves less trust.
select
    label,
    level,
    round(smd_before, 3) as smd_before,
    round(smd_after, 3) as smd_after,
    abs(smd_after) > 0.1 as is_still_unlike
from outcomes.covariate_balance
where design = 'weighted'
order by abs(smd_after) desc nulls last, label, level nulls first
limit 20
