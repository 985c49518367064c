-- grades/response_by_quarter: one row per quarter and arm, who could answer and who did.
-- Those could who were in the arm from the quarter's first day on, employed in all three months.
with employed as (
    select
        episode.arm,
        agent.agent_key,
        cast(date_trunc('quarter', agent.month) as date) as quarter,
        max(agent.n_survey_responses) > 0 as has_answered
    from marts.agent_month as agent
    inner join marts.coaching_episode as episode
        on episode.agent_key = agent.agent_key
        and episode.day_0 <= date_trunc('quarter', agent.month)
    group by episode.arm, agent.agent_key, cast(date_trunc('quarter', agent.month) as date)
    having count(*) = 3
),

by_arm as (
    select
        quarter,
        arm,
        count(*) as n_people,
        count(*) filter (where has_answered) as n_answered
    from employed
    group by quarter, arm
),

-- A quarter in which nobody at all answered had no survey.
surveyed as (
    select *
    from by_arm
    qualify sum(n_answered) over (partition by quarter) > 0
)

select * from surveyed
order by quarter, arm
