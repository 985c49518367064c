-- marts.coach_entry: one row per coach who was still employed 180 days after their first labelled
-- session, with how they had coached in these days and what came later. Private.
-- The share is over sessions with one of the two labels, of which there must be at least 5. Time
-- runs from day 180; place and tenure are those of the month in which it lies.
with first_session as (
    select
        coach_key,
        min(session_date) as first_session_on
    from marts.coaching_session
    where arm is not null and coach_key is not null
    group by coach_key
),

practice as (
    select
        first_session.coach_key,
        first_session.first_session_on + 180 as entered_on,
        count(*) as n_sessions,
        avg(case when session.arm = setting.arm_a then 1 else 0 end) as arm_a_share
    from first_session
    cross join staging.study_setting as setting
    inner join marts.coaching_session as session
        on session.coach_key = first_session.coach_key
        and session.arm is not null
        and date_diff('day', first_session.first_session_on, session.session_date)
            between 0 and 179
    group by first_session.coach_key, first_session.first_session_on
),

placed as (
    select
        practice.*,
        place.employee_id,
        place.site,
        date_diff('day', place.hire_date, practice.entered_on) as tenure_days
    from practice
    inner join staging.pseudonym as pseudonym on pseudonym.person_key = practice.coach_key
    inner join marts.employed_month as place
        on place.employee_id = pseudonym.employee_id
        and place.month = cast(date_trunc('month', practice.entered_on) as date)
    where practice.n_sessions >= 5 and practice.entered_on <= place.last_employed_day
),

leaving as (
    select
        placed.coach_key,
        employment_exit.exit_date,
        employment_exit.exit_type
    from placed
    inner join marts.employment_exit as employment_exit
        on employment_exit.employee_id = placed.employee_id
        and employment_exit.exit_date >= placed.entered_on
    qualify row_number() over (
        partition by placed.coach_key
        order by employment_exit.exit_date asc nulls last
    ) = 1
),

coach_entry as (
    select
        placed.coach_key as agent_key,
        placed.site,
        cast(placed.tenure_days as integer) as tenure_days,
        cast(placed.n_sessions as integer) as n_sessions,
        round(placed.arm_a_share, 9) as arm_a_share,
        cast(
            date_diff('day', placed.entered_on, coalesce(leaving.exit_date, setting.data_until))
            as integer
        ) as follow_up_days,
        leaving.exit_type
    from placed
    cross join staging.study_setting as setting
    left join leaving on leaving.coach_key = placed.coach_key
)

select * from coach_entry
