-- The file of raw that has a delivery's rows.
update ledger.file
set raw_file = $raw_file
where file_id = $file_id
