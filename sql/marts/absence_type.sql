-- marts.absence_type: one row per type of absence, and whether it counts as unplanned.
-- Private. Written by `python -m pipelines.contracts.generate` from contracts/columns.yml; change
-- it there.
with absence_type as (
    select 'sick' as absence_type, true as is_unplanned
    union all
    select 'no_show' as absence_type, true as is_unplanned
    union all
    select 'unplanned_other' as absence_type, true as is_unplanned
    union all
    select 'planned_leave' as absence_type, false as is_unplanned
    union all
    select 'statutory_leave' as absence_type, false as is_unplanned
)

select * from absence_type
