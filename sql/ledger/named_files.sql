-- One row per file of raw that the ledger names for a source, in the order of the deliveries.
select raw_file
from ledger.file
where
    source = $source
    and raw_file is not null
    and ($with_withdrawn or status <> 'withdrawn')
group by raw_file
order by min(file_id)
