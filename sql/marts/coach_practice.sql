-- marts.coach_practice: one row per survey response of somebody who had coached, with how they had
-- coached in the 180 days before it. Private: it holds people's own scores.
-- The share is over sessions with one of the two labels; the balance is the mean over sessions with
-- enough coded behaviours. Coaches with fewer than 5 labelled sessions in that time are left out.
with practice as (
    select
        answer.agent_key,
        answer.response_number,
        count(*) as n_sessions,
        avg(case when session.arm = setting.arm_a then 1 else 0 end) as arm_a_share,
        avg(session.behaviour_balance) as mean_behaviour_balance
    from marts.survey_answer as answer
    cross join staging.study_setting as setting
    inner join marts.coaching_session as session
        on session.coach_key = answer.agent_key
        and session.arm is not null
        and date_diff('day', session.session_date, answer.submitted_on) between 1 and 180
    group by answer.agent_key, answer.response_number
),

-- Averages run side by side in no fixed order; nine decimals let equal data give equal rows.
coach_practice as (
    select
        answer.*,
        cast(practice.n_sessions as integer) as n_sessions,
        round(practice.arm_a_share, 9) as arm_a_share,
        round(practice.mean_behaviour_balance, 9) as mean_behaviour_balance
    from practice
    inner join marts.survey_answer as answer
        on answer.agent_key = practice.agent_key
        and answer.response_number = practice.response_number
    where practice.n_sessions >= 5
)

select * from coach_practice
