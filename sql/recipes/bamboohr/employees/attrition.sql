-- One row per employee with a termination date; of which kind isn't in these fields.
select
    "employeeNumber" as employee_id,
    day_of("terminationDate", '%Y-%m-%d') as separation_date,
    'other' as separation_type,
    _line,
    case when coalesce("terminationDate", '0000-00-00') = '0000-00-00' then 'still employed' end
        as _skip
from delivery
