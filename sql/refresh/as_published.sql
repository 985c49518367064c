-- release.refresh: one row per refresh as it is published, with the one under way.
create or replace view release.refresh as
select *
from meta.refresh
where
    status <> 'running'
    and refresh_id not in (select refresh_id from meta.pending_refresh)
union all by name
select *
from meta.pending_refresh
