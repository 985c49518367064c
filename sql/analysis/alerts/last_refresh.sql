-- The newest refresh, and when one last published: one row, or none.
select
    refresh_id,
    status,
    started_at,
    (select max(finished_at) from meta.refresh where status = 'published') as last_published_at
from meta.refresh
order by refresh_id desc
limit 1
