-- How much unplanned absence is there month by month? Hours lost per 100 scheduled, by site, as recorded:
-- the three kinds add up to the total, before rounding. What pages tell of the same hours is rounded, and
-- stands in the last column but one; groups of fewer than 10 agents are left out.
with recorded as (
    select
        site,
        month,
        count(*) as n_agents,
        sum(scheduled_hours) as scheduled_hours,
        sum(sick_hours) as sick_hours,
        sum(no_show_hours) as no_show_hours,
        sum(unplanned_other_hours) as unplanned_other_hours
    from marts.agent_month
    where scheduled_hours is not null
    group by site, month
    having count(*) >= 10
)

select
    recorded.site,
    recorded.month,
    recorded.n_agents,
    round(100 * recorded.sick_hours / nullif(recorded.scheduled_hours, 0), 2) as sick_per_100,
    round(100 * recorded.no_show_hours / nullif(recorded.scheduled_hours, 0), 2) as no_show_per_100,
    round(100 * recorded.unplanned_other_hours / nullif(recorded.scheduled_hours, 0), 2)
        as other_unplanned_per_100,
    round(
        100 * (recorded.sick_hours + recorded.no_show_hours + recorded.unplanned_other_hours)
        / nullif(recorded.scheduled_hours, 0),
        2
    ) as unplanned_per_100,
    round(100 * told.unplanned_absence_rate, 2) as unplanned_per_100_rounded,
    told.absence_status as status_of_rounded
from recorded
left join marts.site_month as told using (site, month)
order by recorded.site nulls last, recorded.month
