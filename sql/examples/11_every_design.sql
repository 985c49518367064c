-- Does the answer stand on more than one leg? Leaving by choice under every design, beside each
-- other. The roll-out speaks of the coaches' training, month by month (30 days). The
-- grade of credibility is the headline's; as_told says a verdict as far as that carries it.
select
    design,
    horizon_days,
    arm_a,
    arm_b,
    value_a,
    value_b,
    estimate,
    conf_low,
    conf_high,
    verdict,
    credibility,
    told_verdict(verdict, credibility) as as_told,
    reason
from outcomes.comparison
where
    outcome = 'voluntary_exit'
    and estimand = 'risk_difference'
    and segment = 'all'
order by horizon_days, design
