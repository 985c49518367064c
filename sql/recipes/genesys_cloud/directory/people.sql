-- Genesys' own identifier of an agent; the employee by number where it is kept, else by mail.
select
    case
        when "Employee Id" is not null then employee_without_zeros("Employee Id")
        else employee_of('email', "Email")
    end as employee_id,
    'genesys' as system,
    lower("Agent Id") as other_id,
    _line
from delivery
