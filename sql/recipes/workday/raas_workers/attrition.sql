-- One row per worker with a termination date; the report doesn't say of which kind.
select
    "Employee_ID" as employee_id,
    day_of("Termination_Date", '%Y-%m-%d') as separation_date,
    'other' as separation_type,
    _line,
    case when "Termination_Date" is null then 'still employed' end as _skip
from delivery
