-- marts.coach_month: one row per coach and calendar month with somebody to count. Private.
-- An agent counts for the coach of the newest session in the six months before the month, so that
-- the coach was known before anything in the month happened, and counts in every month in which
-- the agent was employed on a day of it. `training_month` is the first day of the month in which
-- the coach first completed `coaching_with_compassion`; NULL if that isn't known by the end of
-- data. Sessions are those that the coach held in the month.
with session_by_month as (
    select
        session.employee_id,
        session.coach_id,
        cast(date_trunc('month', session.started_at) as date) as month
    from staging.coaching_sessions as session
    cross join staging.study_setting as setting
    where
        session.coach_id is not null
        and cast(session.started_at as date) <= setting.data_until
    qualify row_number() over (
        partition by session.employee_id, date_trunc('month', session.started_at)
        order by session.started_at desc nulls last, session.session_id desc nulls last
    ) = 1
),

coach_spell as (
    select
        employee_id,
        coach_id,
        month,
        lead(month) over (partition by employee_id order by month) as next_month
    from session_by_month
),

agents as (
    select
        spell.coach_id,
        calendar.month,
        count(*) as n_agents,
        sum(case when calendar.exit_type = 'voluntary' then 1 else 0 end) as n_voluntary_exits,
        sum(case when calendar.exit_type = 'involuntary' then 1 else 0 end)
            as n_involuntary_exits,
        sum(case when calendar.exit_type is not null then 1 else 0 end) as n_any_exits
    from marts.employed_month as calendar
    inner join coach_spell as spell
        on spell.employee_id = calendar.employee_id
        and spell.month < calendar.month
        and calendar.month <= coalesce(spell.next_month, date '9999-12-01')
        and 12 * (year(calendar.month) - year(spell.month))
            + month(calendar.month) - month(spell.month) <= 6
    where calendar.role = 'agent'
    group by spell.coach_id, calendar.month
),

held as (
    select
        session.coach_key,
        cast(date_trunc('month', session.session_date) as date) as month,
        sum(case when session.arm is not null then 1 else 0 end) as n_arm_sessions,
        sum(case when session.arm = setting.arm_a then 1 else 0 end) as n_arm_a_sessions,
        count(session.compassionate_share) as n_coded_sessions,
        avg(session.compassionate_share) as compassionate_share
    from marts.coaching_session as session
    cross join staging.study_setting as setting
    where session.coach_key is not null
    group by session.coach_key, cast(date_trunc('month', session.session_date) as date)
),

trained as (
    select
        training.employee_id,
        cast(date_trunc('month', min(training.completed_on)) as date) as training_month
    from staging.training as training
    cross join staging.study_setting as setting
    where
        training.course = 'coaching_with_compassion'
        and training.completed_on <= setting.data_until
    group by training.employee_id
),

followed as (
    select
        pseudonym.person_key as coach_key,
        agents.*
    from agents
    inner join staging.pseudonym as pseudonym on pseudonym.employee_id = agents.coach_id
),

-- Averages run side by side in no fixed order; nine decimals let equal data give equal rows.
coach_month as (
    select
        coalesce(followed.coach_key, held.coach_key) as coach_key,
        coalesce(followed.month, held.month) as month,
        trained.training_month,
        cast(coalesce(followed.n_agents, 0) as integer) as n_agents,
        cast(coalesce(followed.n_voluntary_exits, 0) as integer) as n_voluntary_exits,
        cast(coalesce(followed.n_involuntary_exits, 0) as integer) as n_involuntary_exits,
        cast(coalesce(followed.n_any_exits, 0) as integer) as n_any_exits,
        cast(coalesce(held.n_arm_sessions, 0) as integer) as n_arm_sessions,
        cast(coalesce(held.n_arm_a_sessions, 0) as integer) as n_arm_a_sessions,
        cast(coalesce(held.n_coded_sessions, 0) as integer) as n_coded_sessions,
        round(held.compassionate_share, 9) as compassionate_share
    from followed
    full outer join held
        on held.coach_key = followed.coach_key and held.month = followed.month
    left join staging.pseudonym as coach
        on coach.person_key = coalesce(followed.coach_key, held.coach_key)
    left join trained on trained.employee_id = coach.employee_id
)

select * from coach_month
