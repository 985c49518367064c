-- marts.survey_response: one row per survey response up to the end of data, with its scores and its
-- number among the person's responses in order of time. Private: it has people's own scores under
-- the roster's own identifiers.
with survey_response as (
    select
        score.*,
        cast(survey.morale as double) as morale_0_10,
        cast(survey.stress as double) as stress_1_5,
        cast(
            row_number() over (
                partition by score.employee_id
                order by score.submitted_on asc nulls last, score.response_id asc nulls last
            ) as integer
        ) as response_number
    from staging.fatigue_score as score
    cross join staging.study_setting as setting
    inner join staging.fatigue_surveys as survey on survey.response_id = score.response_id
    where score.submitted_on <= setting.data_until
)

select * from survey_response
