-- staging.roster: one row per employee and change (employee_id, effective_date).
-- Who works where and as what, one row per employee and change, from the HR system.
-- Written by `python -m pipelines.contracts.generate` from pipelines/contracts; change it there.
-- Rows that broke a rule of the contract stay behind in raw; of rows with the same key the one
-- from the newest delivery stands, unless that is a tombstone: it deletes the key.
with landed as (
    select
        nullif(trim(employee_id), '') as employee_id,
        nullif(trim(effective_date), '') as effective_date,
        nullif(trim(hire_date), '') as hire_date,
        nullif(trim(site), '') as site,
        nullif(trim(team), '') as team,
        nullif(trim(role), '') as role,
        nullif(trim(supervisor_id), '') as supervisor_id,
        nullif(trim(employment_type), '') as employment_type,
        nullif(trim(weekly_hours), '') as weekly_hours,
        extra,
        file_id,
        line_number,
        is_tombstone
    from raw.roster
    where not is_quarantined
),

typed as (
    select
        employee_id,
        case
            when effective_date like '____-__-__' and effective_date not like '-%'
                then try_cast(effective_date as date)
            when regexp_full_match(effective_date, '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?)?')
                then cast(try_cast(effective_date as timestamp) as date)
            when regexp_full_match(effective_date, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)? ?(Z|[+-]((0[0-9]|1[0-7])(:?[0-5][0-9])?|18(:?00)?))')
                then cast(cast(try_cast(replace(replace(replace(effective_date, ' Z', 'Z'), ' +', '+'), ' -', '-') as timestamptz) as timestamp) as date)
        end as effective_date,
        case
            when hire_date like '____-__-__' and hire_date not like '-%'
                then try_cast(hire_date as date)
            when regexp_full_match(hire_date, '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?)?')
                then cast(try_cast(hire_date as timestamp) as date)
            when regexp_full_match(hire_date, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)? ?(Z|[+-]((0[0-9]|1[0-7])(:?[0-5][0-9])?|18(:?00)?))')
                then cast(cast(try_cast(replace(replace(replace(hire_date, ' Z', 'Z'), ' +', '+'), ' -', '-') as timestamptz) as timestamp) as date)
        end as hire_date,
        site,
        team,
        role,
        supervisor_id,
        employment_type,
        case
            when not contains(weekly_hours, '_')
                then try_cast(weekly_hours as double)
        end as weekly_hours,
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
        partition by employee_id, effective_date
        order by file_id desc, line_number desc
    ) = 1
),

standing as (
    select
        employee_id,
        effective_date,
        hire_date,
        site,
        team,
        role,
        supervisor_id,
        employment_type,
        weekly_hours,
        extra,
        file_id,
        line_number
    from newest
    where not is_tombstone
)

select * from standing
