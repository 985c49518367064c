-- marts.exit_reason: one row per reason for leaving that enough agents share, over the last twelve whole
-- months; every other reason, and words that few wrote, stand together as 'other'. Private: counts are
-- rounded on their way out. Empty where no reason was delivered.
with setting as (
    select min_group
    from staging.study_setting
),

numbered_month as (
    select
        month,
        row_number() over (order by month desc) as how_recent
    from marts.dim_month
    where is_whole_month
),

whole_month as (
    select month
    from numbered_month
    where how_recent <= 12
),

leaver as (
    select
        agent.month,
        lower(nullif(trim(attrition.reason), '')) as reason
    from marts.agent_month as agent
    inner join whole_month on whole_month.month = agent.month
    inner join staging.pseudonym as pseudonym on pseudonym.person_key = agent.agent_key
    inner join staging.attrition as attrition
        on attrition.employee_id = pseudonym.employee_id
        and date_trunc('month', attrition.separation_date) = agent.month
    where agent.exit_type is not null
),

counted as (
    select
        *,
        count(*) over (partition by reason) as n_alike,
        count(reason) over () as n_told
    from leaver
),

pooled as (
    select
        case
            when counted.reason is null then 'not recorded'
            when counted.n_alike >= setting.min_group then counted.reason
            else 'other'
        end as reason,
        setting.min_group,
        count(*) as n_exits
    from counted
    cross join setting
    where counted.n_told > 0
    group by all
),

judged as (
    select
        *,
        n_exits >= min_group and count(*) over () > 1 as is_shown  -- all alike would tell everybody's
    from pooled
),

exit_reason as (
    select
        case when is_shown or reason = 'not recorded' then reason else 'other' end as reason,
        (select min(month) from whole_month) as first_month,
        (select max(month) from whole_month) as last_month,
        cast(case when is_shown then n_exits end as integer) as n_exits,
        case when is_shown then 'shown' else 'suppressed' end as status
    from judged
)

select * from exit_reason
