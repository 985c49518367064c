-- One row per completed training; titles become names of courses in small letters.
select
    employee_of('email', "User Email") as employee_id,
    regexp_replace(lower("Training Title"), '[^a-z0-9]+', '_', 'g') as course,
    day_of("Completion Date", $time_format) as completed_on,
    case lower("Training Type")
        when 'ilt' then 'onsite'
        when 'blended' then 'split'
        when 'online class' then 'remote'
        else lower("Training Type")
    end as format,
    hours_of("Duration") as hours,
    _line,
    case when lower("Status") <> 'completed' then lower("Status") end as _skip
from delivery
