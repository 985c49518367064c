-- How high is turnover by choice, by site? Leavers of the last twelve whole months over the mean headcount of
-- these months, as SHRM has it, counted from agents and before rounding. Adding up n_voluntary_exits of
-- marts.site_month would be too low: months of few leavers are hidden there, and their headcount isn't.
-- Sites of fewer than 10 leavers, or with a month whose headcount is hidden, say so and have no figure.
with whole as (
    select month
    from marts.dim_month
    where is_whole_month
    order by month desc
    limit 12
),

headcount as (
    select
        site,
        count(*) as n_months,
        count(*) filter (where status <> 'shown') as n_hidden_months,
        avg(average_headcount) as mean_headcount
    from marts.site_month
    inner join whole using (month)
    group by site
),

leaver as (
    select
        site,
        count(exit_type) as n_exits,
        count(*) filter (where exit_type = 'voluntary') as n_by_choice
    from marts.agent_month
    inner join whole using (month)
    group by site
),

judged as (
    select
        headcount.*,
        leaver.n_exits,
        leaver.n_by_choice,
        leaver.n_exits >= 10 and headcount.n_hidden_months = 0 as is_told
    from headcount
    inner join leaver using (site)
)

select
    site,
    n_months,
    round(mean_headcount, 1) as mean_headcount,
    case when is_told then n_exits end as n_exits,
    case when is_told
        then round(100 * annualised(n_exits, mean_headcount, months := n_months), 1) end
        as turnover_per_100_a_year,
    case when is_told
        then round(100 * annualised(n_by_choice, mean_headcount, months := n_months), 1) end
        as turnover_by_choice_per_100_a_year,
    case when is_told then 'shown' else 'suppressed' end as status
from judged
order by site
