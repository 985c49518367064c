-- One row per delivery that has rows in raw, of one source or of all: the file that has them.
select source, file_id, raw_file
from ledger.file
where raw_file is not null and source = coalesce($source, source)
