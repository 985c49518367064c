-- marts.team_month: one row per site, team and calendar month, over the agents employed in it.
-- Teams smaller than `min_group` have nothing but their status, suppressed, nor have those that everybody
-- left, as when a site is closed: who they were is known; survey means are suppressed
-- where fewer than `min_group` agents answered, nobody among them, so that nothing tells that somebody
-- did; a month in which nobody anywhere answered is no_data. Kinds of exit are suppressed where fewer
-- than `min_leavers` left, however they did. The spreads stay private.
with setting as (
    select
        min_group,
        min_leavers,
        is_exit_kind_open
    from staging.study_setting
),

summed as (
    select
        agent.site,
        agent.team,
        agent.month,
        count(*) as n_people,
        sum(agent.employed_days) as employed_days,
        sum(case when agent.exit_type = 'voluntary' then 1 else 0 end) as n_voluntary_exits,
        sum(case when agent.exit_type = 'involuntary' then 1 else 0 end) as n_involuntary_exits,
        sum(case when agent.exit_type is not null then 1 else 0 end) as n_exits,
        sum(agent.n_sessions) as n_sessions,
        sum(agent.n_sessions_arm_a) as n_sessions_arm_a,
        sum(agent.n_sessions_arm_b) as n_sessions_arm_b,
        sum(agent.scheduled_hours) as scheduled_hours,
        sum(agent.unplanned_absence_hours) as unplanned_absence_hours,
        sum(agent.contacts_handled) as contacts_handled,
        sum(agent.csat_mean_1_5 * coalesce(agent.csat_responses, 1))
            / nullif(
                sum(
                    case when agent.csat_mean_1_5 is not null
                        then coalesce(agent.csat_responses, 1) end
                ), 0
            ) as csat_mean_1_5,
        avg(agent.quality_score_0_100) as quality_score_0_100,
        count(response.agent_key) as n_survey_respondents,
        count(distinct response.instrument) as n_survey_instruments,
        avg(response.emotional_exhaustion_0_100) as emotional_exhaustion,
        avg(response.cynicism_0_100) as cynicism,
        stddev_pop(
            agent.unplanned_absence_hours / nullif(agent.scheduled_hours, 0)
        ) as absence_spread,
        stddev_pop(agent.csat_mean_1_5) as csat_spread,
        stddev_pop(agent.quality_score_0_100) as quality_spread,
        stddev_pop(response.emotional_exhaustion_0_100) as emotional_exhaustion_spread,
        stddev_pop(response.cynicism_0_100) as cynicism_spread
    from marts.agent_month as agent
    left join marts.month_response as response
        on response.agent_key = agent.agent_key and response.month = agent.month
    group by agent.site, agent.team, agent.month
),

judged as (
    select
        summed.*,
        summed.n_people >= setting.min_group and summed.n_exits < summed.n_people as is_shown,
        summed.n_people >= setting.min_group
            and summed.n_exits < summed.n_people
            and summed.n_survey_respondents >= setting.min_group as is_survey_shown,
        sum(summed.n_survey_respondents) over (partition by summed.month) = 0 as is_without_survey,
        summed.n_people >= setting.min_group
            and summed.n_exits < summed.n_people
            and (
                summed.n_exits = 0
                or setting.is_exit_kind_open
                or summed.n_exits >= setting.min_leavers
            ) as is_kind_shown
    from summed
    cross join setting
),

team_month as (
    select
        site,
        team,
        month,
        cast(case when is_shown then n_people end as integer) as n_people,
        cast(case when is_shown then employed_days end as integer) as employed_days,
        cast(case when is_kind_shown then n_voluntary_exits end as integer) as n_voluntary_exits,
        cast(case when is_kind_shown then n_involuntary_exits end as integer) as n_involuntary_exits,
        cast(case when is_shown then n_exits end as integer) as n_exits,
        cast(case when is_shown then n_sessions end as integer) as n_sessions,
        cast(case when is_shown then n_sessions_arm_a end as integer) as n_sessions_arm_a,
        cast(case when is_shown then n_sessions_arm_b end as integer) as n_sessions_arm_b,
        case when is_shown then scheduled_hours end as scheduled_hours,
        case when is_shown then unplanned_absence_hours / nullif(scheduled_hours, 0) end
            as unplanned_absence_rate,
        cast(case when is_shown then contacts_handled end as bigint) as contacts_handled,
        case when is_shown then csat_mean_1_5 end as csat_mean_1_5,
        case when is_shown then quality_score_0_100 end as quality_score_0_100,
        cast(case when is_survey_shown then n_survey_respondents end as integer)
            as n_survey_respondents,
        cast(case when is_survey_shown then n_survey_instruments end as integer)
            as n_survey_instruments,
        case when is_survey_shown then emotional_exhaustion end
            as mean_emotional_exhaustion_0_100,
        case when is_survey_shown then cynicism end as mean_cynicism_0_100,
        case when is_shown then 'shown' else 'suppressed' end as status,
        case
            when is_without_survey then 'no_data'
            when is_survey_shown then 'shown'
            else 'suppressed'
        end as survey_status,
        case when is_kind_shown then 'shown' else 'suppressed' end as exits_status,
        absence_spread,
        csat_spread,
        quality_spread,
        emotional_exhaustion_spread,
        cynicism_spread
    from judged
)

select * from team_month
