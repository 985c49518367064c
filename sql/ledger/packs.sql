-- One row per pack of a source: the deliveries that have their rows in it.
select raw_file, list(file_id order by file_id) as ids
from ledger.file
where source = $source and starts_with(raw_file, $packed)
group by raw_file
order by raw_file
