-- One row: when the publication before the last one was made, NULL where there is none.
select max(finished_at) as finished_at
from meta.refresh
where
    status = 'published'
    and refresh_id < (select max(refresh_id) from meta.refresh where status = 'published')
