-- One part per shift, so that split shifts of one day add up.
select
    employee_without_zeros("Person Number") as employee_id,
    day_of("Shift Start", $time_format) as shift_date,
    case
        when "Unpaid Break" is not null and try_cast(hours_of("Unpaid Break") as double) is null
            then '? ' || "Unpaid Break"
        else cast(
            hours_between(moment("Shift Start", $time_format), moment("Shift End", $time_format))
            - coalesce(try_cast(hours_of("Unpaid Break") as double), 0) as varchar
        )
    end as scheduled_hours,
    0 as absent_hours,
    "Shift Start" as _part,
    _line
from delivery
