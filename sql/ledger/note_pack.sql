-- Deliveries whose rows are in one file from now on.
update ledger.file
set raw_file = $raw_file
where list_contains($ids::integer[], file_id)
