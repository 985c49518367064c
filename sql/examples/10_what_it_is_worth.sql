-- What goes with the difference in leaving by choice: people, money and minutes of coaching, with
-- likely ranges. Empty with a reason where the likely range of the difference holds none.
select
    quantity,
    horizon_days,
    round(value, 1) as value,
    round(range_low, 1) as likely_from,
    round(range_high, 1) as likely_to,
    unit,
    coalesce(reading, reason) as in_words
from outcomes.worth
order by quantity, horizon_days
