-- One row per refresh whose publication was rolled back: it stands no longer.
select refresh_id
from meta.refresh
where status = 'rolled_back'
