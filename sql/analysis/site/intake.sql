-- site/intake: one row, the files that were taken and their rows, and how many were set aside:
-- for a broken rule, or because they can't count yet.
with taken as (
    select
        count(*) as n_files,
        coalesce(sum(n_rows), 0) as n_rows,
        coalesce(sum(coalesce(n_quarantined, 0) + coalesce(n_set_aside, 0)), 0) as n_set_aside
    from quality.ingested_file
    where status = 'loaded'
),

shared as (
    select
        n_files,
        cast(n_rows as bigint) as n_rows,
        cast(n_set_aside as bigint) as n_set_aside,
        case when n_rows > 0 then n_set_aside / n_rows else 0 end as share_set_aside
    from taken
)

select * from shared
