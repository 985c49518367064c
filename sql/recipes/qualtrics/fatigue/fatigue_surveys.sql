-- One row per finished response.
select
    "ResponseId" as response_id,
    employee_without_zeros("ExternalReference") as employee_id,
    day_of("RecordedDate", ['%Y-%m-%d %H:%M:%S', '%Y-%m-%d']) as submitted_on,
    'scores_0_100' as instrument,
    frequency_0_100("Q1_1") as emotional_exhaustion,
    frequency_0_100("Q1_2") as cynicism,
    frequency_0_100("Q1_3") as compassion_satisfaction,
    _line,
    case
        when lower("Status") in ('survey preview', '1') then 'preview'
        when lower("Finished") in ('false', '0') then 'not finished'
    end as _skip
from delivery
