-- What should whoever delivers the data mend first? Rows set aside by rule and column, the most
-- first, with their share of all that the source delivered. Empty where no row was set aside.
with delivered as (
    select source, sum(n_rows) as n_rows
    from quality.ingested_file
    group by source
)

select
    aside.source,
    aside.rule,
    aside.column_name,
    sum(aside.n_rows) as n_set_aside,
    round(100.0 * sum(aside.n_rows) / nullif(max(delivered.n_rows), 0), 2) as per_100_rows
from quality.quarantine_summary as aside
inner join delivered on delivered.source = aside.source
group by aside.source, aside.rule, aside.column_name
order by n_set_aside desc, aside.source, aside.rule, aside.column_name
