-- The mail address, by which most systems know people, and the name, for those that know no other;
-- of two with one name neither is known by it.
with workers as (
    select
        *,
        name_of(regexp_replace("Worker", '\s*[(]Terminated[)]$', '')) as name,
        "Hire Date" is null and "Location" is null as is_total
    from delivery
),

identifiers as (
    select "Employee ID", 'email' as system, lower("Work Email") as other_id, _line, is_total
    from workers
    where "Work Email" is not null or is_total
    union all by name
    select "Employee ID", 'name' as system, name as other_id, _line, is_total
    from workers
    where not is_total
)

select
    "Employee ID" as employee_id,
    system,
    other_id,
    _line,
    case
        when is_total then 'total row'
        when system = 'name' and count(*) over (partition by other_id) > 1
            then 'a name that two people have'
    end as _skip
from identifiers
