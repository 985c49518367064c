-- marts.recent_leaver: one row per agent who left in the last twelve whole months, with what was recorded at
-- the exit. Private; what is told of reasons and of regretted losses is counted here.
with numbered_month as (
    select
        month,
        row_number() over (order by month desc) as how_recent
    from marts.dim_month
    where is_whole_month
),

whole_month as (
    select
        month,
        min(month) over () as first_month,
        max(month) over () as last_month
    from numbered_month
    where how_recent <= 12
),

recent_leaver as (
    select
        agent.agent_key,
        agent.month,
        whole_month.first_month,
        whole_month.last_month,
        agent.site,
        agent.team,
        lower(nullif(trim(attrition.reason), '')) as reason,
        attrition.regretted as is_regretted
    from marts.agent_month as agent
    inner join whole_month on whole_month.month = agent.month
    inner join staging.pseudonym as pseudonym on pseudonym.person_key = agent.agent_key
    inner join marts.employed_month as employed
        on employed.employee_id = pseudonym.employee_id and employed.month = agent.month
    inner join staging.attrition as attrition
        on attrition.employee_id = employed.employee_id
        and attrition.separation_date = employed.exit_date
    where agent.exit_type is not null
)

select * from recent_leaver
