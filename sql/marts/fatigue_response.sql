-- marts.fatigue_response: one row per survey response up to the end of data.
-- A scale of the landing contract is filled as delivered, or by the questionnaire's own scale that
-- may stand for it; the questionnaires' own scales are in marts.fatigue_scale. A person's own
-- answers are shown to analysts only where the settings allow it (analyst_person_scores);
-- otherwise every score is NULL and only the fact of a response stays. `response_number` counts
-- an agent's responses in order of time.
with response as (
    select
        score.*,
        survey.morale,
        survey.stress,
        setting.analyst_person_scores,
        row_number() over (
            partition by score.employee_id
            order by score.submitted_on asc nulls last, score.response_id asc nulls last
        ) as response_number
    from staging.fatigue_score as score
    cross join staging.study_setting as setting
    inner join staging.fatigue_surveys as survey on survey.response_id = score.response_id
    where score.submitted_on <= setting.data_until
),

fatigue_response as (
    select
        pseudonym.person_key as agent_key,
        cast(response.response_number as integer) as response_number,
        cast(date_trunc('month', response.submitted_on) as date) as submitted_month,
        response.instrument,
        case when response.analyst_person_scores
            then response.emotional_exhaustion_0_100 end as emotional_exhaustion_0_100,
        case when response.analyst_person_scores
            then response.cynicism_0_100 end as cynicism_0_100,
        case when response.analyst_person_scores
            then response.irritability_0_100 end as irritability_0_100,
        case when response.analyst_person_scores
            then response.difficulty_concentrating_0_100 end as difficulty_concentrating_0_100,
        case when response.analyst_person_scores
            then response.detachment_0_100 end as detachment_0_100,
        case when response.analyst_person_scores
            then response.compassion_satisfaction_0_100 end as compassion_satisfaction_0_100,
        case when response.analyst_person_scores
            then cast(response.morale as double) end as morale_0_10,
        case when response.analyst_person_scores
            then cast(response.stress as double) end as stress_1_5,
        response.n_items,
        response.n_answered,
        response.problems
    from response
    inner join staging.pseudonym as pseudonym
        on pseudonym.employee_id = response.employee_id
)

select * from fatigue_response
