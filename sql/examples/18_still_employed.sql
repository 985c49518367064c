-- Of 100 people, how many are still employed 90 days, half a year and a year after their first
-- session, and on how many does that rest? Adjusted and simple beside each other.
select
    arm,
    day,
    design,
    round(100 * survival, 1) as still_employed_per_100,
    round(100 * clustered_conf_low, 1) as likely_from,
    round(100 * clustered_conf_high, 1) as likely_to,
    at_risk,
    reason
from outcomes.retention_curve
where
    segment = 'all'
    and day in (90, 180, 365)
order by day, arm, design
