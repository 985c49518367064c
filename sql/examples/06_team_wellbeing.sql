-- How tired are sites and teams? Means over the agents who answered: sites first, then the teams in which
-- enough answered. A site's month that is hidden for privacy says suppressed; teams that are hidden aren't
-- listed, for most are in most months, and months in which nobody answered aren't either.
with told as (
    select
        'site' as level,
        site,
        null as team,
        month,
        n_survey_respondents,
        mean_emotional_exhaustion_0_100,
        null as mean_cynicism_0_100,
        survey_status
    from marts.site_month
    where survey_status in ('shown', 'suppressed')
    union all
    select
        'team' as level,
        site,
        team,
        month,
        n_survey_respondents,
        mean_emotional_exhaustion_0_100,
        mean_cynicism_0_100,
        survey_status
    from marts.team_month
    where survey_status = 'shown'
)

select
    level,
    site,
    team,
    month,
    n_survey_respondents,
    round(mean_emotional_exhaustion_0_100, 1) as mean_exhaustion,
    round(mean_cynicism_0_100, 1) as mean_cynicism,
    survey_status
from told
order by level, month desc, site nulls last, team nulls last
