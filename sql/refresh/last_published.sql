-- At most one row: the newest published refresh.
select *
from meta.refresh
where status = 'published'
order by refresh_id desc
limit 1
