-- The line of a file.
delete from ledger.file
where file_id = $file_id
