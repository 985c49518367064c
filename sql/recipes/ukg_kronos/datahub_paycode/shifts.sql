-- One row per person and day: a file must have all amounts of its days.
with coded as (
    select
        *,
        employee_of('ukg', "personId") as employee_id,
        day_of("partitionDate", '%Y-%m-%d') as shift_date,
        hours_of("durationInHours") as hours,
        case
            when list_contains(string_split($worked, '|'), lower("payCodeName")) then 'worked'
            when list_contains(string_split($sick, '|'), lower("payCodeName")) then 'sick'
            when list_contains(string_split($no_show, '|'), lower("payCodeName")) then 'no_show'
            when list_contains(string_split($planned, '|'), lower("payCodeName"))
                then 'planned_leave'
        end as kind
    from delivery
),

by_kind as (
    select
        employee_id,
        shift_date,
        kind,
        sum(coalesce(try_cast(hours as double), 0)) filter (hours is not null) as hours,
        max('? ' || hours) filter (try_cast(hours as double) is null) as unread,
        list(_line) as lines
    from coded
    where kind is not null
    group by all
)

select
    employee_id,
    shift_date,
    coalesce(max(unread), cast(sum(hours) as varchar)) as scheduled_hours,
    coalesce(sum(hours) filter (where kind <> 'worked'), 0) as absent_hours,
    arg_max(kind, hours) filter (where kind <> 'worked' and hours > 0) as absence_type,
    flatten(list(lines)) as _line,
    null as _skip
from by_kind
group by employee_id, shift_date
union all by name
select employee_id, [_line] as _line, 'a code that is no scheduled time' as _skip
from coded
where kind is null
