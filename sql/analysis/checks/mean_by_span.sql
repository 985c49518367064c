-- checks/mean_by_span: one row, the mean of a column in the last $recent_days of a source, and mean
-- and spread in the $base_days before them.
-- `temp.staged_value` has the source's rows by day.
with reach as (
    select max(day) as last_day
    from temp.staged_value
    where day <= $as_of
),

spanned as (
    select
        cast(staged.value as double) as value,
        date_diff('day', staged.day, reach.last_day) < $recent_days as is_recent
    from temp.staged_value as staged
    cross join reach
    where date_diff('day', staged.day, reach.last_day) between 0 and $recent_days + $base_days - 1
),

described as (
    select
        count(value) filter (where is_recent) as n_now,
        count(value) filter (where not is_recent) as n_before,
        avg(value) filter (where is_recent) as mean_now,
        avg(value) filter (where not is_recent) as mean_before,
        stddev_samp(value) filter (where not is_recent) as spread
    from spanned
)

select * from described
