-- checks/newest_file: one row per file of $source that was loaded and is no copy, the newest
-- $n_files of them, newest first.
select n_rows
from ledger.file
where source = $source and status = 'loaded' and copy_of is null
order by file_id desc
limit $n_files
