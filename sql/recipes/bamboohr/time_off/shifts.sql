-- Leave over the days that somebody is scheduled. A leave without any is left out until there are.
with leave as (
    select
        *,
        employee_without_zeros("Employee #") as employee_id,
        day_of("From", ['%Y-%m-%d', $date_format]) as first_day,
        day_of("To", ['%Y-%m-%d', $date_format]) as last_day,
        try_cast("Amount" as double) as hours
    from delivery
),

spread as (
    select leave.*, unnest(coalesce(spread_leave(employee_id, first_day, last_day), [null])) as shift
    from leave
)

select
    employee_id,
    coalesce(cast(shift.day as varchar), first_day) as shift_date,
    case
        when "Amount" is not null and hours is null then '? ' || "Amount"
        else cast(least(coalesce(hours, shift.scheduled_hours), shift.scheduled_hours) as varchar)
    end as absent_hours,
    case lower("Type")
        when 'vacation' then 'planned_leave'
        when 'sick leave' then 'sick'
        when 'fmla' then 'statutory_leave'
        when 'emergency leave' then 'unplanned_other'
        when 'no call/no show' then 'no_show'
        else lower("Type")
    end as absence_type,
    lower("Type") as _part,
    _line,
    case
        when lower("Status") <> 'approved' then lower("Status")
        when starts_with(employee_id, chr(31)) then null
        when starts_with(first_day, '?') or starts_with(last_day, '?') then null
        when shift is null then 'waiting: no scheduled day'
    end as _skip
from spread
