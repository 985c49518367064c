-- grades/exit_pace: one row, how long ago the last exit was and how many there were in its year.
with past as (
    select leaving.separation_date, setting.data_until
    from staging.attrition as leaving
    cross join staging.study_setting as setting
    where leaving.separation_date <= setting.data_until
),

newest as (
    select
        max(separation_date) as last_exit,
        max(data_until) as data_until
    from past
),

pace as (
    select
        date_diff('day', newest.last_exit, newest.data_until) as gap_days,
        count(past.separation_date) as n_last_year
    from newest
    left join past on date_diff('day', past.separation_date, newest.last_exit) between 0 and 364
    group by newest.last_exit, newest.data_until
)

select * from pace
