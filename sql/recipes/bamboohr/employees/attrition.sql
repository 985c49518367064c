-- One row per employee with a termination date; of which kind, and whether regretted, where the fields are there.
select
    "employeeNumber" as employee_id,
    day_of("terminationDate", '%Y-%m-%d') as separation_date,
    case
        when lower("terminationType") like '%involuntary%' then 'involuntary'
        when lower("terminationType") like '%voluntary%' then 'voluntary'
        else 'other'
    end as separation_type,
    lower("terminationReason") as reason,
    yes_no("terminationRegrettable") as regretted,
    _line,
    case when coalesce("terminationDate", '0000-00-00') = '0000-00-00' then 'still employed' end
        as _skip
from delivery
