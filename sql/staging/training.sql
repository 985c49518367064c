-- staging.training: one row per attendance (employee_id, course, completed_on).
-- Which courses an employee or coach completed, and in which format.
-- Written by `python -m pipelines.contracts.generate` from pipelines/contracts; change it there.
-- Rows that broke a rule of the contract stay behind in raw; of rows with the same key the one
-- from the newest delivery stands, unless that is a tombstone: it deletes the key.
with landed as (
    select
        nullif(trim(employee_id), '') as employee_id,
        nullif(trim(course), '') as course,
        nullif(trim(completed_on), '') as completed_on,
        nullif(trim(format), '') as format,
        nullif(trim(hours), '') as hours,
        file_id,
        line_number,
        is_tombstone
    from raw.training
    where not is_quarantined
),

typed as (
    select
        employee_id,
        course,
        case
            when completed_on like '____-__-__' and completed_on not like '-%'
                then try_cast(completed_on as date)
            when regexp_full_match(completed_on, '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?)?')
                then cast(try_cast(completed_on as timestamp) as date)
            when regexp_full_match(completed_on, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)? ?(Z|[+-]((0[0-9]|1[0-7])(:?[0-5][0-9])?|18(:?00)?))')
                then cast(cast(try_cast(replace(replace(replace(completed_on, ' Z', 'Z'), ' +', '+'), ' -', '-') as timestamptz) as timestamp) as date)
        end as completed_on,
        format,
        case when not contains(hours, '_') then try_cast(hours as double) end as hours,
        file_id,
        line_number,
        is_tombstone
    from landed
),

newest as (
    select *
    from typed
    qualify row_number() over (
        partition by employee_id, course, completed_on
        order by file_id desc, line_number desc
    ) = 1
),

standing as (
    select
        employee_id,
        course,
        completed_on,
        format,
        hours,
        file_id,
        line_number
    from newest
    where not is_tombstone
)

select * from standing
