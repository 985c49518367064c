-- One row per file that brought a touched row.
select distinct file.file_id, file.raw_file, coalesce(file.feed, '') as feed
from ledger.file as file
semi join _touched_rows using (file_id)
