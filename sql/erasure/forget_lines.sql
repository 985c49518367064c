-- The rejected values of some lines of a file.
delete from ledger.rejected_cell
where file_id = $file_id and list_contains($lines::bigint[], line_number)
