-- alerts/last_refresh: one row, or none: the newest refresh, and when one last published.
select
    refresh_id,
    status,
    started_at,
    (select max(finished_at) from meta.refresh where status = 'published') as last_published_at
from meta.refresh
order by refresh_id desc
limit 1
