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
),

-- While nobody has been in an arm for a whole quarter, the newest one with answers is told as that.
newest as (
    select max(cast(date_trunc('quarter', month) as date)) as quarter
    from marts.agent_month
    where n_survey_responses > 0 and not exists (select 1 from by_arm)
),

waiting as (
    select distinct
        newest.quarter,
        episode.arm
    from newest
    cross join marts.coaching_episode as episode
    where newest.quarter is not null
),

every_quarter as (
    select * from surveyed
    union all
    select
        quarter,
        arm,
        cast(null as bigint) as n_people,
        cast(null as bigint) as n_answered
    from waiting
)

select * from every_quarter
order by quarter, arm
