-- One row: how many files have rows that wait for a day that has come, of one source or of all.
select count(*) as n_files
from ledger.aside_count
where source = coalesce($source, source) and counts_from <= $today
