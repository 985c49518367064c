-- How tired are the teams? Means over the agents who answered; a hidden team says so, and a team in
-- which nobody answered has 0 respondents and no reason.
select
    site,
    team,
    month,
    n_survey_respondents,
    round(mean_emotional_exhaustion_0_100, 1) as mean_exhaustion,
    round(mean_cynicism_0_100, 1) as mean_cynicism,
    survey_hidden_reason
from marts.team_month
where
    n_survey_respondents > 0
    or survey_hidden_reason is not null
order by month desc, site nulls last, team nulls last
