-- grades/response_by_arm: one row per arm, how many people answered from $first_day to $last_day.
-- Counted are those who were followed to the last of these days since day 0. No row without any
-- survey: then there is no response to measure.
with followed as (
    select episode.arm, episode.day_0, pseudonym.employee_id
    from marts.coaching_episode as episode
    inner join staging.pseudonym as pseudonym on pseudonym.person_key = episode.agent_key
    where episode.follow_up_days >= $last_day
),

answered as (
    select distinct followed.employee_id
    from followed
    inner join staging.fatigue_surveys as survey
        on survey.employee_id = followed.employee_id
        and date_diff('day', followed.day_0, survey.submitted_on) between $first_day and $last_day
),

by_arm as (
    select
        followed.arm,
        count(*) as n_people,
        count(answered.employee_id) as n_answered
    from followed
    left join answered on answered.employee_id = followed.employee_id
    where exists (select 1 from staging.fatigue_surveys)
    group by followed.arm
)

select * from by_arm
order by arm
