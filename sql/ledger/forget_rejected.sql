-- The rejected values of a file.
delete from ledger.rejected_cell
where file_id = $file_id
