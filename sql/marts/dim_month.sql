-- marts.dim_month: one row per calendar month that the sources of activity reach. A month is whole
-- where they begin within its first week and comparisons go to its last day; the first whole month is
-- the one from which leavers are in the data: of people hired before it, early leavers are not.
with observed_day as (
    select min(cast(started_at as date)) as first_day from staging.coaching_sessions
    union all
    select min(shift_date) as first_day from staging.shifts
    union all
    select min(week_start) as first_day from staging.performance
    union all
    select min(submitted_on) as first_day from staging.fatigue_surveys
),

observed as (
    select min(first_day) as first_day
    from observed_day
),

calendar as (
    select
        cast(series.month as date) as month,
        last_day(cast(series.month as date)) as month_end,
        observed.first_day,
        setting.data_until
    from observed
    cross join staging.study_setting as setting
    cross join unnest(
        generate_series(
            date_trunc('month', least(observed.first_day, setting.data_until)),
            date_trunc('month', setting.data_until),
            interval 1 month
        )
    ) as series (month)
    where observed.first_day <= setting.data_until
),

judged as (
    select
        month,
        month_end,
        least(month_end, data_until) as counted_until,
        date_diff('day', month, first_day) < 7 and month_end <= data_until as is_whole_month,
        date_diff('day', month, first_day) < 7 as is_begun_in_time
    from calendar
),

dim_month as (
    select
        month,
        month_end,
        counted_until,
        cast(year(month) as integer) as year,
        cast(quarter(month) as integer) as quarter,
        is_whole_month,
        min(case when is_begun_in_time then month end) over () as observed_from_month
    from judged
)

select * from dim_month
