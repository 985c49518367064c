-- One row: how many files lay in landing at the last refresh, those of some feeds left aside.
select count(*) as n_files
from ledger.file
where is_in_landing and not list_contains($feeds::varchar[], coalesce(feed, source))
