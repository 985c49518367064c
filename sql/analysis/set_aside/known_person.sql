-- set_aside/known_person: one row per person who may have rows, and whether only as a coach.
-- Coaches answer surveys and take trainings, and a roster of agents alone doesn't have them.
with on_roster as (
    select distinct employee_id
    from staging.roster
),

coach as (
    select distinct session.coach_id as employee_id
    from staging.coaching_sessions as session
    anti join on_roster on on_roster.employee_id = session.coach_id
    where session.coach_id is not null
),

known_person as (
    select employee_id, false as is_only_coach
    from on_roster
    union all
    select employee_id, true as is_only_coach
    from coach
)

select * from known_person
