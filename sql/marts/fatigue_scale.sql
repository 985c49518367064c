-- marts.fatigue_scale: one row per scale of a survey response up to the end of data.
-- Each scale as its questionnaire scores it, beside the same on 0-100 and its band. The scores are
-- shown to analysts only where the settings allow it (analyst_person_scores). `response_number`
-- is that of marts.fatigue_response.
with fatigue_scale as (
    select
        pseudonym.person_key as agent_key,
        cast(response.response_number as integer) as response_number,
        scale.instrument,
        scale.scale,
        case when setting.analyst_person_scores then scale.raw_score end as raw_score,
        case when setting.analyst_person_scores then scale.score_0_100 end as score_0_100,
        case when setting.analyst_person_scores then scale.band end as band,
        scale.n_items,
        scale.n_answered,
        scale.problem
    from marts.survey_response as response
    cross join staging.study_setting as setting
    inner join staging.fatigue_scale as scale on scale.response_id = response.response_id
    inner join staging.pseudonym as pseudonym
        on pseudonym.employee_id = response.employee_id
)

select * from fatigue_scale
