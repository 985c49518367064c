-- What is the answer today? The weighted comparison of exits, every horizon, in people per 100.
-- The difference is made of unrounded figures and rounded by itself, so it needn't be that of the two beside it.
-- A NULL estimate has a reason: hidden for privacy, or why it can't be reported. What pages say of it is
-- as_told: only as far as the grade of credibility carries the verdict.
select
    outcome,
    horizon_days,
    round(100 * value_a, 1) as per_100_arm_a,
    round(100 * value_b, 1) as per_100_arm_b,
    round(100 * estimate, 1) as difference_per_100,
    round(100 * conf_low, 1) as likely_from,
    round(100 * conf_high, 1) as likely_to,
    verdict,
    credibility,
    told_verdict(verdict, credibility) as as_told,
    reason
from outcomes.comparison
where
    design = 'weighted'
    and estimand = 'risk_difference'
    and segment = 'all'
order by outcome, horizon_days
