-- The name, for systems that know people by nothing else; of two with one name neither is known.
with named as (
    select *, name_of("Payroll Name") as name
    from delivery
)

select
    "File Number" as employee_id,
    'name' as system,
    name as other_id,
    _line,
    case
        when name is null then 'no name'
        when count(*) over (partition by name) > 1 then 'a name that two people have'
    end as _skip
from named
