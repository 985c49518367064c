-- The mail address, where there is one.
select
    "EMPID" as employee_id,
    'email' as system,
    lower("EMAIL") as other_id,
    _line,
    case when "EMAIL" is null then 'no mail address' end as _skip
from delivery
