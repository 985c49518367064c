-- checks/rows_by_week: one row per week with rows, among the last $n_weeks full weeks of a source.
-- `temp.staged_value` has the source's rows by day. A week is full when the source reaches beyond
-- its Sunday; the newest full week is one week ago.
with dated as (
    select day
    from temp.staged_value
    where day <= $as_of
),

reach as (
    select cast(date_trunc('week', max(day) + 1) as date) as open_week
    from dated
),

by_week as (
    select
        date_diff('week', cast(date_trunc('week', dated.day) as date), reach.open_week)
            as weeks_ago,
        count(*) as n_rows
    from dated
    cross join reach
    where dated.day < reach.open_week and dated.day >= reach.open_week - 7 * $n_weeks
    group by weeks_ago
)

select * from by_week
