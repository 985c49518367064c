-- How tired are the teams? Means over the agents who answered; a team that is hidden for privacy says
-- suppressed, and one in which nobody answered isn't listed.
select
    site,
    team,
    month,
    n_survey_respondents,
    round(mean_emotional_exhaustion_0_100, 1) as mean_exhaustion,
    round(mean_cynicism_0_100, 1) as mean_cynicism,
    survey_status
from marts.team_month
where survey_status in ('shown', 'suppressed')
order by month desc, site nulls last, team nulls last
