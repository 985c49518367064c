-- staging.fatigue_surveys: one row per response (response_id).
-- Responses to surveys on compassion fatigue, as scale scores or as answers item_1 and on.
-- Written by `python -m pipelines.contracts.generate` from pipelines/contracts; change it there.
-- Rows that broke a rule of the contract stay behind in raw; of rows with the same key the one
-- from the newest delivery stands, unless that is a tombstone: it deletes the key.
with landed as (
    select
        nullif(trim(response_id), '') as response_id,
        nullif(trim(employee_id), '') as employee_id,
        nullif(trim(submitted_on), '') as submitted_on,
        nullif(trim(instrument), '') as instrument,
        nullif(trim(emotional_exhaustion), '') as emotional_exhaustion,
        nullif(trim(cynicism), '') as cynicism,
        nullif(trim(irritability), '') as irritability,
        nullif(trim(difficulty_concentrating), '') as difficulty_concentrating,
        nullif(trim(detachment), '') as detachment,
        nullif(trim(compassion_satisfaction), '') as compassion_satisfaction,
        nullif(trim(morale), '') as morale,
        nullif(trim(stress), '') as stress,
        extra,
        file_id,
        line_number,
        is_tombstone
    from raw.fatigue_surveys
    where not is_quarantined
),

typed as (
    select
        response_id,
        employee_id,
        case
            when submitted_on like '____-__-__' and submitted_on not like '-%'
                then try_cast(submitted_on as date)
            when regexp_full_match(submitted_on, '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?)?')
                then cast(try_cast(submitted_on as timestamp) as date)
            when regexp_full_match(submitted_on, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)? ?(Z|[+-]((0[0-9]|1[0-7])(:?[0-5][0-9])?|18(:?00)?))')
                then cast(cast(try_cast(replace(replace(replace(submitted_on, ' Z', 'Z'), ' +', '+'), ' -', '-') as timestamptz) as timestamp) as date)
        end as submitted_on,
        instrument,
        case
            when not contains(emotional_exhaustion, '_')
                then try_cast(emotional_exhaustion as double)
        end as emotional_exhaustion,
        case when not contains(cynicism, '_') then try_cast(cynicism as double) end as cynicism,
        case
            when not contains(irritability, '_')
                then try_cast(irritability as double)
        end as irritability,
        case
            when not contains(difficulty_concentrating, '_')
                then try_cast(difficulty_concentrating as double)
        end as difficulty_concentrating,
        case
            when not contains(detachment, '_')
                then try_cast(detachment as double)
        end as detachment,
        case
            when not contains(compassion_satisfaction, '_')
                then try_cast(compassion_satisfaction as double)
        end as compassion_satisfaction,
        case when not contains(morale, '_') then try_cast(morale as double) end as morale,
        case when not contains(stress, '_') then try_cast(stress as double) end as stress,
        extra,
        file_id,
        line_number,
        is_tombstone
    from landed
),

newest as (
    select *
    from typed
    qualify row_number() over (
        partition by response_id
        order by file_id desc, line_number desc
    ) = 1
),

standing as (
    select
        response_id,
        employee_id,
        submitted_on,
        instrument,
        emotional_exhaustion,
        cynicism,
        irritability,
        difficulty_concentrating,
        detachment,
        compassion_satisfaction,
        morale,
        stress,
        extra,
        file_id,
        line_number
    from newest
    where not is_tombstone
)

select * from standing
