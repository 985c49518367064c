-- marts.hire_month: one row per month of hire and number of days: how many of the agents hired in the month
-- left within so many days, in any way. Who counts, and when a month says nothing, is as in the month
-- tables: at 90 days its figures are those of marts.all_month. Leaving in any way is fact: exact from
-- min_group people on. A month of which not everybody could have reached the day is too early.
with days as (
    select 30 as n_days
    union all
    select 60 as n_days
    union all
    select 90 as n_days
    union all
    select 180 as n_days
    union all
    select 365 as n_days
),

counted as (
    select
        starter.month,
        days.n_days,
        sum(case when starter.days_to_exit <= days.n_days then 1 else 0 end) as n_left
    from marts.starter as starter
    cross join days
    group by starter.month, days.n_days
),

judged as (
    select
        hired.month,
        hired.observed_from_month,
        days.n_days,
        hired.hires_status,
        hired.n_hires,
        counted.n_left,
        case
            when hired.hires_status <> 'no_data'
                and date_diff('day', calendar.month_end, setting.data_until) < days.n_days
                then 'too_early'
            else hired.hires_status
        end as status
    from marts.group_month as hired
    inner join marts.dim_month as calendar on calendar.month = hired.month
    cross join staging.study_setting as setting
    cross join days
    left join counted on counted.month = hired.month and counted.n_days = days.n_days
    where hired.scope = 'all'
),

hire_month as (
    select
        month as hire_month,
        n_days,
        observed_from_month,
        cast(case when hires_status = 'shown' then n_hires end as integer) as n_hired,
        cast(case when status = 'shown' then n_left end as integer) as n_left,
        case when status = 'shown' then n_left / nullif(cast(n_hires as double), 0) end as share_left,
        status
    from judged
)

select * from hire_month
