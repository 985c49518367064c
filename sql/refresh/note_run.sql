-- One row: the number of the refresh that a run of the nightly job is.
insert into ledger.refresh_run values ($refresh_id, $run)
