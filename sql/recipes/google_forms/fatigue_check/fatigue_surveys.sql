-- One row per response; the form gives no number, so time and employee make one. The zone behind a
-- time is that of whoever answered: the day is theirs.
select
    left(md5(concat_ws('|', "Timestamp", ltrim("Employee number", '0'))), 20) as response_id,
    employee_without_zeros("Employee number") as employee_id,
    day_of(
        regexp_replace("Timestamp", ' [A-Z]{2,5}([+-][0-9:]+)?$', ''),
        ['%Y/%m/%d %I:%M:%S %p', $time_format]
    ) as submitted_on,
    'scores_0_100' as instrument,
    frequency_0_100(
        "In the last two weeks, how often did you feel the following? [Worn out after a shift]"
    ) as emotional_exhaustion,
    frequency_0_100(
        "In the last two weeks, how often did you feel the following? [Distant from callers]"
    ) as cynicism,
    frequency_0_100(
        scale_number("How glad are you to have helped? (1 = not at all, 5 = very)")
    ) as compassion_satisfaction,
    _line
from delivery
