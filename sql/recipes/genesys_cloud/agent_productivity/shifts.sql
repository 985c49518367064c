-- The time logged in, in milliseconds, of an interval of a day or less: a portion, for a file may have
-- a few of a day. It tells who worked and not who was away, so it stands for scheduled hours only where
-- that is asked for: a centre that counts absence by it would find none. Where workforce management
-- says more of a day, that goes before.
select
    employee_of('genesys', "Agent Id") as employee_id,
    day_of("Interval Start", ['%Y-%m-%d %H:%M:%S', '%Y-%m-%d']) as shift_date,
    coalesce(
        cast(try_cast("Logged In" as double) / 3600000 as varchar), '? ' || "Logged In"
    ) as scheduled_hours,
    0 as absent_hours,
    concat_ws('|', "Interval Start", "Filters") as _portion,
    _line,
    case
        when $as_scheduled <> 'yes' then 'time logged in tells nothing of absence (as_scheduled)'
        when try_cast(coalesce("Logged In", '0') as double) = 0 then 'not logged in'
    end as _skip
from delivery
