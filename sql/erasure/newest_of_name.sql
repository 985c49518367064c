-- One row: the newest delivery of a source under a name.
select max(file_id) as file_id
from ledger.file
where source = $source and file = $file
