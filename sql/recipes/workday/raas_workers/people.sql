-- The name, for systems that know people by nothing else; of two with one name neither is known.
with named as (
    select *, name_of(regexp_replace("Full_Name", '\s*[(]Terminated[)]$', '')) as name
    from delivery
)

select
    "Employee_ID" as employee_id,
    'name' as system,
    name as other_id,
    _line,
    case when count(*) over (partition by name) > 1 then 'a name that two people have' end as _skip
from named
