-- One row per termination.
select
    "File Number" as employee_id,
    day_of(day_of_serial("Termination Date"), ['%Y-%m-%d', $date_format]) as separation_date,
    coalesce(lower("Voluntary/Involuntary Termination Flag"), 'other') as separation_type,
    lower(last_part("Termination Reason Description", ' - ')) as reason,
    _line
from delivery
