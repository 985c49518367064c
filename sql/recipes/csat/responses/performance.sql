-- Responses as parts of their week, by the workspace's clock.
select
    employee_without_zeros(
        case
            when starts_with(lower("Agent login"), $login_prefix)
                then substr("Agent login", length($login_prefix) + 1)
            else "Agent login"
        end
    ) as employee_id,
    week_of(local_day("Completed (UTC)")) as week_start,
    "Score (1-5)" as csat_mean,
    1 as csat_responses,
    case yes_no("FCR") when 'true' then '1' when 'false' then '0' else "FCR" end
        as first_contact_resolution,
    "Response" as _part,
    _line
from delivery
