-- Intervals of a day or less, as parts of their week: contacts are added, handling times averaged
-- by them. Durations are in milliseconds, counts are written 54.0.
select
    employee_of('genesys', "Agent Id") as employee_id,
    week_of(day_of("Interval Start", ['%Y-%m-%d %H:%M:%S', '%Y-%m-%d'])) as week_start,
    coalesce("Answered", "Handle") as contacts_handled,
    seconds_of_ms("Avg Handle") as handle_seconds,
    concat_ws('|', "Interval Start", "Media Type", "Filters") as _part,
    _line,
    case
        when "Handle" is null and "Avg Handle" is null then 'no contacts in the interval'
        when try_cast("Handle" as double) = 0 then 'no contacts in the interval'
    end as _skip
from delivery
