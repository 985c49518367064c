-- The rows that were set aside, no longer among those that are staged.
delete from {staged}
where rowid in (select row_id from temp.aside_row)
