-- How far is the naive answer from the weighted one? Large gaps mean that the two groups differed
-- before day 0; the unadjusted figure is for looking at, not for quoting.
with difference as (
    select outcome, horizon_days, design, estimate
    from outcomes.comparison
    where
        estimand = 'risk_difference'
        and segment = 'all'
)

select
    naive.outcome,
    naive.horizon_days,
    round(100 * naive.estimate, 1) as unadjusted_per_100,
    round(100 * weighted.estimate, 1) as weighted_per_100,
    round(100 * (naive.estimate - weighted.estimate), 1) as gap_per_100
from difference as naive
inner join difference as weighted
    on weighted.outcome = naive.outcome
    and weighted.horizon_days = naive.horizon_days
where
    naive.design = 'unadjusted'
    and weighted.design = 'weighted'
order by naive.outcome, naive.horizon_days
