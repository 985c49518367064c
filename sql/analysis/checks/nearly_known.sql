-- checks/nearly_known: one row, how many identifiers `temp.named_person` has, how many of them the
-- roster doesn't have, and how many of these it has but for zeros before them, or for capitals and
-- blanks.
with known as (
    select distinct employee_id
    from staging.roster
),

nobody as (
    select distinct named.employee_id
    from temp.named_person as named
    anti join known on known.employee_id = named.employee_id
    where named.employee_id is not null
),

bare_known as (
    select
        ltrim(employee_id, '0') as without_zeros,
        lower(regexp_replace(employee_id, '\s', '', 'g')) as folded
    from known
),

compared as (
    select
        (select count(distinct employee_id) from temp.named_person) as n_people,
        count(*) as n_unknown,
        count(*) filter (
            where ltrim(employee_id, '0') in (select without_zeros from bare_known)
        ) as n_without_zeros,
        count(*) filter (
            where lower(regexp_replace(employee_id, '\s', '', 'g'))
            in (select folded from bare_known)
        ) as n_folded
    from nobody
)

select * from compared
