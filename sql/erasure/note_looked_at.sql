-- One row per raw file of a source: it has been held against a cut-off.
insert into ledger.looked_at
select raw_file, source, $cut_off
from ledger.file
where source = $source and raw_file is not null
