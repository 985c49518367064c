-- One row per worker with a termination date.
select
    "Employee ID" as employee_id,
    day_of("Termination Date", ['%Y-%m-%d', $date_format]) as separation_date,
    case
        when lower(last_part("Termination Category", ' > ')) in ('voluntary', 'involuntary')
            then lower(last_part("Termination Category", ' > '))
        else 'other'
    end as separation_type,
    lower(last_part("Primary Termination Reason", ' > ')) as reason,
    yes_no("Regrettable Termination") as regretted,
    _line,
    case
        when "Hire Date" is null and "Location" is null then 'total row'
        when "Termination Date" is null then 'still employed'
    end as _skip
from delivery
