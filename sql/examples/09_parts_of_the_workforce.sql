-- Does the difference vary between sites, kinds of contract and so on? Look at the shrunken estimate:
-- it is each part's own difference, drawn towards the mean of all parts by as much as its own noise
-- asks for. The p-value asks whether the parts differ at all, adjusted for asking often.
select
    segment,
    segment_value,
    n_people_a,
    n_people_b,
    round(100 * estimate, 1) as own_difference_per_100,
    round(100 * shrunken_estimate, 1) as difference_per_100,
    round(100 * shrunken_conf_low, 1) as likely_from,
    round(100 * shrunken_conf_high, 1) as likely_to,
    round(heterogeneity_p_adjusted, 3) as p_of_no_variation,
    reason
from outcomes.segment_estimate
where
    outcome = 'voluntary_exit'
    and horizon_days = 365
order by segment, segment_value
