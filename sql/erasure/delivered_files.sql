-- One row per delivery of a source that has rows in raw, in their order.
select file_id, file, raw_file, n_quarantined
from ledger.file
where source = $source and raw_file is not null
order by file_id
