-- How much unplanned absence is there month by month? Hours lost per 100 scheduled, by site;
-- groups of fewer than 10 agents are left out.
select
    site,
    month,
    count(*) as n_agents,
    round(100 * sum(sick_hours) / nullif(sum(scheduled_hours), 0), 2) as sick_per_100,
    round(100 * sum(no_show_hours) / nullif(sum(scheduled_hours), 0), 2) as no_show_per_100,
    round(100 * sum(unplanned_other_hours) / nullif(sum(scheduled_hours), 0), 2)
        as other_unplanned_per_100
from marts.agent_month
where scheduled_hours is not null
group by site, month
having count(*) >= 10
order by site nulls last, month
