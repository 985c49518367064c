-- staging.performance: one row per employee and week (employee_id, week_start).
-- Contacts, customer satisfaction and quality scores per employee and week.
-- Written by `python -m pipelines.contracts.generate` from pipelines/contracts; change it there.
-- Rows that broke a rule of the contract stay behind in raw; of rows with the same key the one
-- from the newest delivery stands, unless that is a tombstone: it deletes the key.
with landed as (
    select
        nullif(trim(employee_id), '') as employee_id,
        nullif(trim(week_start), '') as week_start,
        nullif(trim(contacts_handled), '') as contacts_handled,
        nullif(trim(difficult_contacts), '') as difficult_contacts,
        nullif(trim(csat_mean), '') as csat_mean,
        nullif(trim(csat_responses), '') as csat_responses,
        nullif(trim(quality_score), '') as quality_score,
        nullif(trim(handle_seconds), '') as handle_seconds,
        nullif(trim(first_contact_resolution), '') as first_contact_resolution,
        file_id,
        line_number,
        is_tombstone
    from raw.performance
    where not is_quarantined
),

typed as (
    select
        employee_id,
        case
            when week_start like '____-__-__' and week_start not like '-%'
                then try_cast(week_start as date)
            when regexp_full_match(week_start, '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?)?')
                then cast(try_cast(week_start as timestamp) as date)
            when regexp_full_match(week_start, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)? ?(Z|[+-]((0[0-9]|1[0-7])(:?[0-5][0-9])?|18(:?00)?))')
                then cast(cast(try_cast(replace(replace(replace(week_start, ' Z', 'Z'), ' +', '+'), ' -', '-') as timestamptz) as timestamp) as date)
        end as week_start,
        case
            when regexp_full_match(contacts_handled, '[+-]?[0-9]+([.]0*)?')
                then try_cast(split_part(contacts_handled, '.', 1) as bigint)
        end as contacts_handled,
        case
            when regexp_full_match(difficult_contacts, '[+-]?[0-9]+([.]0*)?')
                then try_cast(split_part(difficult_contacts, '.', 1) as bigint)
        end as difficult_contacts,
        case when not contains(csat_mean, '_') then try_cast(csat_mean as double) end as csat_mean,
        case
            when regexp_full_match(csat_responses, '[+-]?[0-9]+([.]0*)?')
                then try_cast(split_part(csat_responses, '.', 1) as bigint)
        end as csat_responses,
        case
            when not contains(quality_score, '_')
                then try_cast(quality_score as double)
        end as quality_score,
        case
            when not contains(handle_seconds, '_')
                then try_cast(handle_seconds as double)
        end as handle_seconds,
        case
            when not contains(first_contact_resolution, '_')
                then try_cast(first_contact_resolution as double)
        end as first_contact_resolution,
        file_id,
        line_number,
        is_tombstone
    from landed
),

newest as (
    select *
    from typed
    qualify row_number() over (
        partition by employee_id, week_start
        order by file_id desc, line_number desc
    ) = 1
),

standing as (
    select
        employee_id,
        week_start,
        contacts_handled,
        difficult_contacts,
        csat_mean,
        csat_responses,
        quality_score,
        handle_seconds,
        first_contact_resolution,
        file_id,
        line_number
    from newest
    where not is_tombstone
)

select * from standing
