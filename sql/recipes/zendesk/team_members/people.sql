-- Zendesk's number of a team member; the employee by the mail address. Suspended ones count, too:
-- their tickets are still theirs.
select
    employee_of('email', "Email") as employee_id,
    'zendesk' as system,
    "ID" as other_id,
    _line,
    case when "Email" is null then 'no mail address' end as _skip
from delivery
