-- staging.attrition: one row per exit (employee_id, separation_date).
-- Who left the organisation, when, and whether they chose to.
-- Written by `python -m pipelines.contracts.generate` from pipelines/contracts; change it there.
-- Rows that broke a rule of the contract stay behind in raw; of rows with the same key the one
-- from the newest delivery stands, unless that is a tombstone: it deletes the key.
with landed as (
    select
        nullif(trim(employee_id), '') as employee_id,
        nullif(trim(separation_date), '') as separation_date,
        nullif(trim(separation_type), '') as separation_type,
        nullif(trim(reason), '') as reason,
        nullif(trim(regretted), '') as regretted,
        file_id,
        line_number,
        is_tombstone
    from raw.attrition
    where not is_quarantined
),

typed as (
    select
        employee_id,
        case
            when separation_date like '____-__-__' and separation_date not like '-%'
                then try_cast(separation_date as date)
            when regexp_full_match(separation_date, '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?)?')
                then cast(try_cast(separation_date as timestamp) as date)
            when regexp_full_match(separation_date, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)? ?(Z|[+-]((0[0-9]|1[0-7])(:?[0-5][0-9])?|18(:?00)?))')
                then cast(cast(try_cast(replace(replace(replace(separation_date, ' Z', 'Z'), ' +', '+'), ' -', '-') as timestamptz) as timestamp) as date)
        end as separation_date,
        separation_type,
        reason,
        case
            when lower(regretted) in ('true', 'yes', '1')
                then true
            when lower(regretted) in ('false', 'no', '0')
                then false
        end as regretted,
        file_id,
        line_number,
        is_tombstone
    from landed
),

newest as (
    select *
    from typed
    qualify row_number() over (
        partition by employee_id, separation_date
        order by file_id desc, line_number desc
    ) = 1
),

standing as (
    select
        employee_id,
        separation_date,
        separation_type,
        reason,
        regretted,
        file_id,
        line_number
    from newest
    where not is_tombstone
)

select * from standing
