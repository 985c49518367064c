-- One row: the day on which a delivery was first seen.
select cast(first_seen_at as date) as arrived_on
from ledger.file
where file_id = $file_id
