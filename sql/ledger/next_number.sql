-- One row: a number larger than that of any file before.
select coalesce(max(file_id), 0) + 1 as file_id
from ledger.file
