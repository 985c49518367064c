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
        score.emotional_exhaustion_0_100,
        score.cynicism_0_100,
        score.irritability_0_100,
        score.difficulty_concentrating_0_100,
        score.detachment_0_100,
        score.compassion_satisfaction_0_100,
        score.morale_0_10,
        score.stress_1_5,
        response.n_items,
        response.n_answered,
        response.problems
    from marts.survey_response as response
    cross join staging.study_setting as setting
    inner join staging.pseudonym as pseudonym
        on pseudonym.employee_id = response.employee_id
    left join marts.survey_response as score
        on score.response_id = response.response_id and setting.analyst_person_scores
)

select * from fatigue_response
