-- Which characteristics are still unlike after weighting? Beyond 0.1 standard deviations the two
-- groups aren't alike in it, and the comparison deserves less trust. Whether they are was judged
-- before the differences were rounded.
select
    label,
    level,
    round(smd_before, 3) as smd_before,
    round(smd_after, 3) as smd_after,
    not is_alike_before as was_unlike,
    not is_alike_after as is_still_unlike
from outcomes.covariate_balance
where design = 'weighted'
order by abs(smd_after) desc nulls last, label, level nulls first
limit 20
