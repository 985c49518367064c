-- alerts/left_running: one row per refresh that was begun, hasn't ended and isn't $running.
-- Whoever asks holds the workspace, so nobody works on these: a kill ended them.
select refresh.refresh_id, begun.run, refresh.started_at
from meta.refresh as refresh
left join ledger.refresh_run as begun on begun.refresh_id = refresh.refresh_id
where refresh.status = 'running' and refresh.refresh_id is distinct from $running
order by refresh.refresh_id
