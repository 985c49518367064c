-- marts.month_response: one row per person and month, the latest survey response with both fatigue
-- scales. Private.
with month_response as (
    select
        pseudonym.person_key as agent_key,
        cast(date_trunc('month', survey.submitted_on) as date) as month,
        survey.instrument,
        survey.emotional_exhaustion_0_100,
        survey.cynicism_0_100
    from staging.fatigue_score as survey
    cross join staging.study_setting as study
    inner join staging.pseudonym as pseudonym on pseudonym.employee_id = survey.employee_id
    where
        survey.submitted_on <= study.data_until
        and survey.emotional_exhaustion_0_100 is not null
        and survey.cynicism_0_100 is not null
    qualify row_number() over (
        partition by survey.employee_id, cast(date_trunc('month', survey.submitted_on) as date)
        order by survey.submitted_on desc nulls last, survey.response_id desc nulls last
    ) = 1
)

select * from month_response
