-- Refreshes that are noted as running, but for the one that goes on: they have failed.
update meta.refresh
set status = 'failed'
where status = 'running' and refresh_id is distinct from $running
