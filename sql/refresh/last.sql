-- At most one row: the refresh that began last.
select refresh_id, started_at
from meta.refresh
order by refresh_id desc
limit 1
