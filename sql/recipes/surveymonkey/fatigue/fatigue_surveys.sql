-- One row per response. A matrix has its question over its first column, the others have no name.
select
    "Respondent ID" as response_id,
    employee_without_zeros("Custom Data 1") as employee_id,
    day_of("End Date", $time_format) as submitted_on,
    'scores_0_100' as instrument,
    frequency_0_100("In the last two weeks, how often did you feel the following?")
        as emotional_exhaustion,
    frequency_0_100("unnamed_13") as cynicism,
    frequency_0_100("unnamed_14") as compassion_satisfaction,
    _line,
    case when "End Date" is null then 'not finished' end as _skip
from delivery
