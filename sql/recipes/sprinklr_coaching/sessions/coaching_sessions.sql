-- One row per session that was held. It has no number, so coach, trainee and start make one. A
-- coach who isn't in people keeps a number made of the name: who coached matters, not who it is.
with sessions as (
    select *, lower("Coaching Areas") as areas
    from delivery
)

select
    left(md5(concat_ws('|', lower("Coach"), lower("Trainee"), "Session Started At")), 20)
        as session_id,
    employee_of('name', "Trainee") as employee_id,
    coalesce(employee_if_known('name', "Coach"), 'coach-' || left(md5(lower("Coach")), 12))
        as coach_id,
    time_of("Session Started At", $time_format) as started_at,
    minutes_between(
        moment("Session Started At", $time_format), moment("Session Completed At", $time_format)
    ) as duration_minutes,
    case lower("Session Mode") when 'online' then 'video' when 'offline' then 'in_person' end
        as modality,
    case
        when regexp_matches(areas, $compliance) and regexp_matches(areas, $compassionate)
            then 'mixed'
        when regexp_matches(areas, $compliance) then 'compliance'
        when regexp_matches(areas, $compassionate) then 'compassionate'
        else areas
    end as style,
    _line,
    case when lower("Session Status") <> 'completed' then lower("Session Status") end as _skip
from sessions
