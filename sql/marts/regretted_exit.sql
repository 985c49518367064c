-- marts.regretted_exit: one row per group of agents (everybody, each site): how many of those who left in
-- the last twelve whole months the organisation would have kept, of those of whom that was recorded.
-- Counts are rounded on their way out; few, or all alike, are hidden. Empty without leavers.
with setting as (
    select min_group
    from staging.study_setting
),

member as (
    select
        'all' as scope,
        'all' as scope_value,
        *
    from marts.recent_leaver
    union all
    select
        'site' as scope,
        site as scope_value,
        *
    from marts.recent_leaver
    where site is not null
),

counted as (
    select
        scope,
        scope_value,
        first_month,
        last_month,
        count(*) as n_exits,
        count(is_regretted) as n_recorded,
        sum(case when is_regretted then 1 else 0 end) as n_regretted
    from member
    group by scope, scope_value, first_month, last_month
),

judged as (
    select
        counted.*,
        case
            when sum(counted.n_recorded) over () = 0 then 'no_data'
            when counted.n_recorded >= setting.min_group
                and counted.n_regretted not in (0, counted.n_recorded) then 'shown'
            else 'suppressed'
        end as status
    from counted
    cross join setting
),

regretted_exit as (
    select
        scope,
        scope_value,
        first_month,
        last_month,
        cast(case when status = 'shown' then n_recorded end as integer) as n_recorded,
        cast(case when status = 'shown' then n_regretted end as integer) as n_regretted,
        status
    from judged
)

select * from regretted_exit
