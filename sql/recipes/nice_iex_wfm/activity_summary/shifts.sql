-- What was missed, one part per activity that is an absence; time at work tells of none.
with coded as (
    select
        *,
        case
            when list_contains(string_split($sick, '|'), lower("activityCode")) then 'sick'
            when list_contains(string_split($no_show, '|'), lower("activityCode")) then 'no_show'
            when list_contains(string_split($planned, '|'), lower("activityCode"))
                then 'planned_leave'
        end as kind
    from delivery
)

select
    employee_without_zeros("ssn") as employee_id,
    day_of("date", $date_format) as shift_date,
    hours_of("minutes" || ' min') as absent_hours,
    kind as absence_type,
    lower("activityCode") as _part,
    _line,
    case when "ssn" is null then 'a deleted agent' when kind is null then 'time at work' end as _skip
from coded
