-- Which of a source's files lie in the landing folder now.
update ledger.file
set is_in_landing = list_contains($present::integer[], file_id)
where source = $source and is_in_landing <> list_contains($present::integer[], file_id)
