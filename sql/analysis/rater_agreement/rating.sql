-- rater_agreement/rating: one row per session and rater, up to the end of data.
-- A session has one staged row, the newest delivered; the row of another rater with the same
-- session stands behind it in raw. `temp.delivered_rating` has these rows as the contract types
-- them. Of those of one rater the newest counts; who was coached by whom comes from the staged row.
with rating as (
    select *
    from temp.delivered_rating
    where rater_id is not null
    qualify row_number() over (
        partition by session_id, rater_id
        order by file_id desc, line_number desc
    ) = 1
),

placed as (
    select
        rating.session_id,
        rating.rater_id,
        session.employee_id,
        session.coach_id,
        rating.* exclude (session_id, rater_id, file_id, line_number)
    from rating
    inner join staging.coaching_sessions as session on session.session_id = rating.session_id
    cross join staging.study_setting as setting
    where cast(session.started_at as date) <= setting.data_until
)

select * from placed
order by session_id, rater_id
