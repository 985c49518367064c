-- At most one row: what became of a refresh.
select status
from meta.refresh
where refresh_id = $refresh_id
