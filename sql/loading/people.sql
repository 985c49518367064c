-- One row per system and identifier that stands for one person; what stands for two stands for
-- nobody.
with known as (
    select system, other_id, employee_id from staging.people
    union all
    select $own_identifier, employee_id, employee_id from staging.roster
    union all
    select $own_identifier, employee_id, employee_id from staging.people
)

select system, lower(trim(other_id)) as other_id, min(employee_id) as employee_id
from known
group by all
having count(distinct employee_id) = 1
