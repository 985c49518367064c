-- site/waiting_rows: one row per source and reason, the rows that can't count yet; the most first.
-- Rows aren't people, so small counts are told.
with by_source as (
    select source, reason, cast(sum(n_rows) as bigint) as n_rows
    from quality.set_aside_summary
    group by source, reason
)

select * from by_source
order by n_rows desc, source, reason
