-- checks/values_by_span: one row per value of a column, how often it stands in the last
-- $recent_days of a source, and in the $base_days before them.
-- `temp.staged_value` has the source's rows by day; NULL is counted as $empty.
with reach as (
    select max(day) as last_day
    from temp.staged_value
    where day <= $as_of
),

spanned as (
    select
        coalesce(staged.value, $empty) as value,
        date_diff('day', staged.day, reach.last_day) < $recent_days as is_recent
    from temp.staged_value as staged
    cross join reach
    where
        date_diff('day', staged.day, reach.last_day) between 0 and $recent_days + $base_days - 1
        and staged.is_counted
),

counted as (
    select
        value,
        count(*) filter (where is_recent) as n_now,
        count(*) filter (where not is_recent) as n_before
    from spanned
    group by value
)

select * from counted
order by n_now + n_before desc, value
