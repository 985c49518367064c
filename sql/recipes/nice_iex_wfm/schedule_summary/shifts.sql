-- One part per activity; agents who were deleted have no identifier.
select
    employee_without_zeros("ssn") as employee_id,
    day_of("date", $date_format) as shift_date,
    hours_of("minutes" || ' min') as scheduled_hours,
    0 as absent_hours,
    lower("activityCode") as _part,
    _line,
    case
        when "ssn" is null then 'a deleted agent'
        when list_contains(string_split(lower($unpaid), '|'), lower("activityCode")) then 'unpaid'
    end as _skip
from delivery
