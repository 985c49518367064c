-- Which of a source's files lie in the landing folder now. Where all of it was emptied, those that
-- were withdrawn weren't taken out of it.
update ledger.file
set is_in_landing = list_contains($present::integer[], file_id)
where
    source = $source
    and is_in_landing <> list_contains($present::integer[], file_id)
    and not ($is_emptied and status = 'withdrawn')
