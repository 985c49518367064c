-- What changes month by month around the coaches' training? Below 0 nothing should be seen; a low
-- p-value of the months before says that the two sides had parted already, and then stop reading.
select
    training,
    outcome,
    months_since_training,
    n_coaches,
    n_coaches_compared,
    round(100 * estimate, 2) as change_per_100,
    round(100 * conf_low, 2) as likely_from,
    round(100 * conf_high, 2) as likely_to,
    conf_low > 0 or conf_high < 0 as stands_apart,
    round(pre_trend_p_value, 3) as p_of_nothing_before,
    reason
from outcomes.event_study
order by training, outcome, months_since_training
