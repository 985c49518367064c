-- How much coaching is there, and where? Sessions per 100 agents a month by site and quarter; teams
-- that are hidden for privacy aren't in it, and their number is told.
select
    site,
    cast(date_trunc('quarter', month) as date) as quarter,
    count(*) filter (where status = 'shown') as n_team_months,
    count(*) filter (where status = 'suppressed') as n_hidden_team_months,
    sum(n_sessions) as n_sessions,
    round(100.0 * sum(n_sessions) / nullif(sum(n_people), 0), 1) as sessions_per_100_agents_a_month,
    round(100.0 * sum(n_sessions_arm_a) / nullif(sum(n_sessions_arm_a + n_sessions_arm_b), 0), 1)
        as arm_a_per_100_sessions_of_the_two_kinds
from marts.team_month
group by 1, 2
order by site nulls last, quarter
