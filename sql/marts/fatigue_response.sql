-- marts.fatigue_response: one row per survey response up to the end of data.
-- A scale of the landing contract is filled as delivered, or by the questionnaire's own scale that
-- may stand for it; the questionnaires' own scales are in marts.fatigue_scale. A person's own
-- answers are shown to analysts only where the settings allow it (analyst_person_scores);
-- otherwise every score is NULL and only the fact of a response stays. `response_number` counts
-- an agent's responses in order of time.
with fatigue_response as (
    select
        pseudonym.person_key as agent_key,
        cast(response.response_number as integer) as response_number,
        cast(date_trunc('month', response.submitted_on) as date) as submitted_month,
        response.instrument,
        case when setting.analyst_person_scores
            then response.emotional_exhaustion_0_100 end as emotional_exhaustion_0_100,
        case when setting.analyst_person_scores
            then response.cynicism_0_100 end as cynicism_0_100,
        case when setting.analyst_person_scores
            then response.irritability_0_100 end as irritability_0_100,
        case when setting.analyst_person_scores
            then response.difficulty_concentrating_0_100 end as difficulty_concentrating_0_100,
        case when setting.analyst_person_scores
            then response.detachment_0_100 end as detachment_0_100,
        case when setting.analyst_person_scores
            then response.compassion_satisfaction_0_100 end as compassion_satisfaction_0_100,
        case when setting.analyst_person_scores
            then response.morale_0_10 end as morale_0_10,
        case when setting.analyst_person_scores
            then response.stress_1_5 end as stress_1_5,
        response.n_items,
        response.n_answered,
        response.problems
    from marts.survey_response as response
    cross join staging.study_setting as setting
    inner join staging.pseudonym as pseudonym
        on pseudonym.employee_id = response.employee_id
)

select * from fatigue_response
