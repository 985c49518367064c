-- How much coaching is there, and where? Sessions by site and quarter, and per 100 agents a month. A quarter
-- of which a month is hidden for privacy has no number of sessions, for a sum over the others is too low;
-- what is per 100 is over the months that are shown, and the number of those that aren't is told.
select
    site,
    cast(date_trunc('quarter', month) as date) as quarter,
    count(*) as n_months,
    count(*) filter (where sessions_status <> 'shown') as n_hidden_months,
    case when count(*) = count(n_sessions) then sum(n_sessions) end as n_sessions,
    round(
        100.0 * sum(n_sessions)
        / nullif(sum(n_people) filter (where sessions_status = 'shown'), 0),
        1
    ) as sessions_per_100_agents_a_month,
    round(100.0 * sum(n_sessions_arm_a) / nullif(sum(n_sessions_arm_a + n_sessions_arm_b), 0), 1)
        as arm_a_per_100_sessions_of_the_two_kinds
from marts.site_month
group by site, cast(date_trunc('quarter', month) as date)
order by site nulls last, quarter
