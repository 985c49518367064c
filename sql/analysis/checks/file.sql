-- checks/file: one row per file of $source, with its name.
select file_id, file
from ledger.file
where source = $source
