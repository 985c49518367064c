-- marts.hire_quarter: one row per group of agents (everybody, each site, the last one of each), quarter of hire
-- and number of months in the job: how many of those hired in it were still there after so many months. A cell counts once everybody hired in the quarter
-- could have stayed so long; quarters that begin before the data do aren't in it, for their early
-- leavers aren't in the data. Leaving in any way is fact: exact from min_group people on.
with setting as (
    select
        min_group,
        data_until
    from staging.study_setting
),

reach as (
    select
        min(observed_from_month) as observed_from_month,
        cast(max(case when is_whole_month then month_end end) as date) as whole_until
    from marts.dim_month
),

months_in_job as (
    select 1 as months_in_job
    union all
    select 2 as months_in_job
    union all
    select 3 as months_in_job
    union all
    select 6 as months_in_job
    union all
    select 9 as months_in_job
    union all
    select 12 as months_in_job
    union all
    select 18 as months_in_job
    union all
    select 24 as months_in_job
),

member as (
    select
        'all' as scope,
        'all' as scope_value,
        *
    from marts.agent
    where is_ever_agent
    union all
    select
        'site' as scope,
        site as scope_value,
        *
    from marts.agent
    where is_ever_agent
        and site is not null
),

hired as (
    select
        scope,
        scope_value,
        cast(date_trunc('quarter', hire_month) as date) as hire_quarter,
        tenure_days,
        exit_date
    from member
),

counted as (
    select
        hired.scope,
        hired.scope_value,
        hired.hire_quarter,
        months_in_job.months_in_job,
        reach.whole_until,
        count(*) as n_hired,
        sum(
            case
                when hired.exit_date is null
                    or hired.tenure_days >= months_in_job.months_in_job * 365.25 / 12 then 1
                else 0
            end
        ) as n_still_there
    from hired
    cross join months_in_job
    cross join reach
    where hired.hire_quarter >= reach.observed_from_month
        and cast(hired.hire_quarter + interval 3 month as date) <= reach.whole_until
    group by
        hired.scope, hired.scope_value, hired.hire_quarter, months_in_job.months_in_job, reach.whole_until
),

judged as (
    select
        counted.*,
        case
            when counted.n_hired < setting.min_group then 'suppressed'
            when date_diff(
                'day', cast(counted.hire_quarter + interval 3 month as date), counted.whole_until
            ) + 1 < counted.months_in_job * 365.25 / 12 then 'too_early'
            else 'shown'
        end as status
    from counted
    cross join setting
),

shared as (
    select
        judged.*,
        case when judged.status = 'shown' then judged.n_still_there / nullif(cast(judged.n_hired as double), 0) end
            as share_still_there
    from judged
),

hire_quarter as (
    select
        scope,
        scope_value,
        hire_quarter,
        months_in_job,
        cast(case when status <> 'suppressed' then n_hired end as integer) as n_hired,
        cast(case when status = 'shown' then n_still_there end as integer) as n_still_there,
        share_still_there,
        case when status = 'shown' then least(
            5,
            1 + cast(
                floor(
                    coalesce(
                        5 * (1 - share_still_there)
                        / nullif(max(1 - share_still_there) over (partition by scope, scope_value), 0),
                        0
                    )
                ) as integer
            )
        ) end as level,
        status
    from shared
)

select * from hire_quarter
