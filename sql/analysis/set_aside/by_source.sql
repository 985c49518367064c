-- set_aside/by_source: one row per source and reason, how many rows can't count yet.
with by_source as (
    select source, reason, cast(sum(n_rows) as bigint) as n_rows
    from quality.set_aside_summary
    group by source, reason
)

select * from by_source
order by source, reason
