-- One row: how many refreshes were refused after one.
select count(*) as n_refused
from meta.refresh
where status = 'refused' and refresh_id > $after
