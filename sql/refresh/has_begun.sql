-- At most one row: whether a run of the nightly job began a refresh.
select 1 as has_begun
from ledger.refresh_run
where refresh_id = $refresh_id
