-- One row per file that was loaded after a publication, copies left aside.
select 'file' as cause, source, file, n_rows
from ledger.file
where status = 'loaded' and copy_of is null and loaded_at > $published
order by file_id
