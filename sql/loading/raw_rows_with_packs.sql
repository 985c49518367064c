-- One row per delivered row that counts: of files with rows of one delivery each, and of packs
-- those that the ledger says are there. It makes a view, which takes no parameter.
select {columns}
from read_parquet([{files}], union_by_name = true)
union all
select {columns}
from read_parquet([{packs}], union_by_name = true, filename = true)
where
    (file_id, parse_filename(filename)) in (
        select (file_id, raw_file)
        from ledger.file
        where source = {source} and status <> 'withdrawn'
    )
