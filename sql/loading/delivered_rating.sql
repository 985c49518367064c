-- temp.delivered_rating: one row per delivered rating that isn't in quarantine.
create or replace temp view delivered_rating as
select {columns}, file_id, line_number
from {raw}
where not is_quarantined
