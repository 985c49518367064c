-- Columns of a file's line that get other values.
update ledger.file
set {changed}
where file_id = $file_id
