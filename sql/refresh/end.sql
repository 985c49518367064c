-- A refresh that runs: how it ended, and when.
update meta.refresh
set status = $status, finished_at = $finished_at
where refresh_id = $refresh_id and status = 'running'
