-- staging.people: one row per identifier of a system (system, other_id).
-- By which identifiers other systems know an employee; recipes look people up here.
-- Written by `python -m pipelines.contracts.generate` from pipelines/contracts; change it there.
-- Rows that broke a rule of the contract stay behind in raw; of rows with the same key the one
-- from the newest delivery stands, unless that is a tombstone: it deletes the key.
with landed as (
    select
        nullif(trim(employee_id), '') as employee_id,
        nullif(trim(system), '') as system,
        nullif(trim(other_id), '') as other_id,
        file_id,
        line_number,
        is_tombstone
    from raw.people
    where not is_quarantined
),

typed as (
    select
        employee_id,
        system,
        other_id,
        file_id,
        line_number,
        is_tombstone
    from landed
),

newest as (
    select *
    from typed
    qualify row_number() over (
        partition by system, other_id
        order by file_id desc, line_number desc
    ) = 1
),

standing as (
    select
        employee_id,
        system,
        other_id,
        file_id,
        line_number
    from newest
    where not is_tombstone
)

select * from standing
