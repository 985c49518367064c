-- One row: the number of the newest delivery that has rows in a table, 0 where it has none.
select coalesce(max(file_id), 0) as newest from {staged}
