-- marts.fatigue_scale: one row per scale of a survey response up to the end of data.
-- Each scale as its questionnaire scores it, beside the same on 0-100 and its band. The scores are
-- shown to analysts only where the settings allow it (analyst_person_scores). `response_number`
-- is that of marts.fatigue_response.
with response as (
    select
        score.response_id,
        score.employee_id,
        setting.analyst_person_scores,
        row_number() over (
            partition by score.employee_id
            order by score.submitted_on asc nulls last, score.response_id asc nulls last
        ) as response_number
    from staging.fatigue_score as score
    cross join staging.study_setting as setting
    where score.submitted_on <= setting.data_until
),

fatigue_scale as (
    select
        pseudonym.person_key as agent_key,
        cast(response.response_number as integer) as response_number,
        scale.instrument,
        scale.scale,
        case when response.analyst_person_scores then scale.raw_score end as raw_score,
        case when response.analyst_person_scores then scale.score_0_100 end as score_0_100,
        case when response.analyst_person_scores then scale.band end as band,
        scale.n_items,
        scale.n_answered,
        scale.problem
    from response
    inner join staging.fatigue_scale as scale on scale.response_id = response.response_id
    inner join staging.pseudonym as pseudonym
        on pseudonym.employee_id = response.employee_id
)

select * from fatigue_scale
