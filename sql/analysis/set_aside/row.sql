-- set_aside/row: one row per staged row of one source that can't count yet, with the first reason.
-- `temp.staged_span` has the source's rows with the days that each is about: one day, of a week
-- seven. $with_coaches: whether coaches who aren't on the roster may have rows; $with_future:
-- whether a day to come is an error of the data rather than a plan.
with stay as (
    select
        employee_id,
        min(first_day) as first_day,
        max(first_day) as newest_day,
        max(last_day) as last_day
    from temp.staged_span
    group by employee_id
),

-- Of whom a row may be set aside: of everybody else no row is looked at.
suspect as (
    select distinct stay.employee_id
    from stay
    left join temp.known_person as person on person.employee_id = stay.employee_id
    left join temp.gap as gap
        on gap.employee_id = stay.employee_id
        and stay.first_day <= gap.last_day
        and stay.last_day >= gap.first_day
    where
        person.employee_id is null
        or (person.is_only_coach and not $with_coaches)
        or ($with_future and stay.newest_day > $today)
        or gap.reason is not null
),

spanned as (
    select
        span.row_id,
        person.employee_id is null or (person.is_only_coach and not $with_coaches) as is_unknown,
        $with_future and span.first_day > $today as is_in_future,
        gap.reason as gap_reason,
        span.first_day
    from temp.staged_span as span
    inner join suspect on suspect.employee_id is not distinct from span.employee_id
    left join temp.known_person as person on person.employee_id = span.employee_id
    left join temp.gap as gap
        on gap.employee_id = span.employee_id
        and span.first_day >= gap.first_day
        and span.last_day <= gap.last_day
),

set_aside as (
    select
        row_id,
        case
            when is_unknown then 'unknown_person'
            when is_in_future then 'in_future'
            else gap_reason
        end as set_aside_reason,
        case when is_in_future and not is_unknown then first_day end as set_aside_until
    from spanned
    where is_unknown or is_in_future or gap_reason is not null
)

select * from set_aside
