-- staging.shifts: one row per employee and day (employee_id, shift_date).
-- Scheduled and missed hours per employee and day, from workforce management.
-- Written by `python -m pipelines.contracts.generate` from pipelines/contracts; change it there.
-- Rows that broke a rule of the contract stay behind in raw; of rows with the same key the one
-- from the newest delivery stands, unless that is a tombstone: it deletes the key.
with landed as (
    select
        nullif(trim(employee_id), '') as employee_id,
        nullif(trim(shift_date), '') as shift_date,
        nullif(trim(scheduled_hours), '') as scheduled_hours,
        nullif(trim(absent_hours), '') as absent_hours,
        nullif(trim(absence_type), '') as absence_type,
        file_id,
        line_number,
        is_tombstone
    from raw.shifts
    where not is_quarantined
),

typed as (
    select
        employee_id,
        case
            when shift_date like '____-__-__' and shift_date not like '-%'
                then try_cast(shift_date as date)
            when regexp_full_match(shift_date, '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?)?')
                then cast(try_cast(shift_date as timestamp) as date)
            when regexp_full_match(shift_date, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)? ?(Z|[+-]((0[0-9]|1[0-7])(:?[0-5][0-9])?|18(:?00)?))')
                then cast(cast(try_cast(replace(replace(replace(shift_date, ' Z', 'Z'), ' +', '+'), ' -', '-') as timestamptz) as timestamp) as date)
        end as shift_date,
        case
            when not contains(scheduled_hours, '_')
                then try_cast(scheduled_hours as double)
        end as scheduled_hours,
        case
            when not contains(absent_hours, '_')
                then try_cast(absent_hours as double)
        end as absent_hours,
        absence_type,
        file_id,
        line_number,
        is_tombstone
    from landed
),

newest as (
    select *
    from typed
    qualify row_number() over (
        partition by employee_id, shift_date
        order by file_id desc, line_number desc
    ) = 1
),

standing as (
    select
        employee_id,
        shift_date,
        scheduled_hours,
        absent_hours,
        absence_type,
        file_id,
        line_number
    from newest
    where not is_tombstone
)

select * from standing
