-- marts.first_sign: one row per agent with the first survey response that shows warning signs, and
-- when a course on compassion fatigue followed. Private: it holds people's own scores.
-- Warning signs: irritability, trouble concentrating and detachment are 50 or more of 100 on
-- average. Agents who had completed the course before or on that day are left out. Time runs from
-- the response; the later score is that of the first response in days 91 to 270.
with sign as (
    select *
    from marts.survey_answer
    where role = 'agent' and warning_signs_0_100 >= 50
    qualify row_number() over (
        partition by agent_key
        order by response_number asc nulls last
    ) = 1
),

course as (
    select
        agent_key,
        min(completed_on) as completed_on
    from marts.training
    where course = 'compassion_fatigue'
    group by agent_key
),

later as (
    select
        sign.agent_key,
        answer.emotional_exhaustion_0_100 as later_emotional_exhaustion_0_100
    from sign
    inner join marts.survey_answer as answer
        on answer.agent_key = sign.agent_key
        and date_diff('day', sign.submitted_on, answer.submitted_on) between 91 and 270
    where answer.emotional_exhaustion_0_100 is not null
    qualify row_number() over (
        partition by sign.agent_key
        order by answer.response_number asc nulls last
    ) = 1
),

first_sign as (
    select
        sign.agent_key,
        sign.submitted_on,
        sign.site,
        sign.team,
        sign.employment_type,
        sign.tenure_days,
        sign.warning_signs_0_100,
        sign.emotional_exhaustion_0_100,
        sign.cynicism_0_100,
        sign.follow_up_days,
        sign.exit_type,
        cast(date_diff('day', sign.submitted_on, setting.data_until) as integer) as days_to_end,
        cast(date_diff('day', sign.submitted_on, course.completed_on) as integer)
            as days_to_training,
        later.later_emotional_exhaustion_0_100
    from sign
    cross join staging.study_setting as setting
    left join course on course.agent_key = sign.agent_key
    left join later on later.agent_key = sign.agent_key
    where course.completed_on is null or course.completed_on > sign.submitted_on
)

select * from first_sign
