-- The mail address, where the report has it: most systems know people by it.
select
    "Employee ID" as employee_id,
    'email' as system,
    lower("Work Email") as other_id,
    _line,
    case
        when "Hire Date" is null and "Location" is null then 'total row'
        when "Work Email" is null then 'no mail address'
    end as _skip
from delivery
