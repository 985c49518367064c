-- grades/response_by_arm: one row per arm, how many people answered from $first_day to $last_day.
-- n_people are those who were followed to the last of these days since day 0, n_answered of them
-- answered; n_compared are those whose days were over by the end of data, n_with_value of them have
-- a value of $outcome: who left before they answered is among them and has none. No row without
-- any survey: then there is no response to measure.
with followed as (
    select episode.agent_key, episode.arm, episode.day_0, pseudonym.employee_id
    from marts.coaching_episode as episode
    inner join staging.pseudonym as pseudonym on pseudonym.person_key = episode.agent_key
    where episode.follow_up_days >= $last_day
),

answered as (
    select distinct followed.agent_key
    from followed
    inner join staging.fatigue_surveys as survey
        on survey.employee_id = followed.employee_id
        and date_diff('day', followed.day_0, survey.submitted_on) between $first_day and $last_day
),

of_people as (
    select
        episode.arm,
        followed.agent_key is not null as is_followed,
        answered.agent_key is not null as has_answered,
        measured.is_window_complete as is_compared,
        measured.numerator is not null as has_value
    from marts.coaching_episode as episode
    inner join marts.episode_outcome as measured
        on measured.agent_key = episode.agent_key
        and measured.outcome = $outcome
    left join followed on followed.agent_key = episode.agent_key
    left join answered on answered.agent_key = episode.agent_key
    where exists (select 1 from staging.fatigue_surveys)
),

by_arm as (
    select
        arm,
        count(*) filter (where is_followed) as n_people,
        count(*) filter (where has_answered) as n_answered,
        count(*) filter (where is_compared) as n_compared,
        count(*) filter (where is_compared and has_value) as n_with_value
    from of_people
    group by arm
)

select * from by_arm
where n_compared > 0
order by arm
