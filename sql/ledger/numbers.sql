-- One row per file that the ledger has, of one source or of all: its number.
select file_id
from ledger.file
where source = coalesce($source, source)
