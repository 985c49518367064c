-- marts.fatigue_response: one row per survey response up to the end of data.
-- A person's own answers are shown to analysts only where the settings allow it
-- (analyst_person_scores); otherwise every score is NULL and only the fact of a response stays.
-- `response_number` counts an agent's responses in order of time.
with response as (
    select
        survey.*,
        setting.analyst_person_scores,
        row_number() over (
            partition by survey.employee_id
            order by survey.submitted_on asc nulls last, survey.response_id asc nulls last
        ) as response_number
    from staging.fatigue_surveys as survey
    cross join staging.study_setting as setting
    where survey.submitted_on <= setting.data_until
),

fatigue_response as (
    select
        pseudonym.person_key as agent_key,
        cast(response.response_number as integer) as response_number,
        cast(date_trunc('month', response.submitted_on) as date) as submitted_month,
        response.instrument,
        case when response.analyst_person_scores
            then cast(response.emotional_exhaustion as double) end as emotional_exhaustion_0_100,
        case when response.analyst_person_scores
            then cast(response.cynicism as double) end as cynicism_0_100,
        case when response.analyst_person_scores
            then cast(response.irritability as double) end as irritability_0_100,
        case when response.analyst_person_scores
            then cast(response.difficulty_concentrating as double)
        end as difficulty_concentrating_0_100,
        case when response.analyst_person_scores
            then cast(response.detachment as double) end as detachment_0_100,
        case when response.analyst_person_scores
            then cast(response.compassion_satisfaction as double)
        end as compassion_satisfaction_0_100,
        case when response.analyst_person_scores
            then cast(response.morale as double) end as morale_0_10,
        case when response.analyst_person_scores
            then cast(response.stress as double) end as stress_1_5
    from response
    inner join staging.pseudonym as pseudonym
        on pseudonym.employee_id = response.employee_id
)

select * from fatigue_response
