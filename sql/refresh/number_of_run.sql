-- At most one row: the number of the refresh that a run of the nightly job is.
select refresh_id
from ledger.refresh_run
where run = $run
