-- One row per row that a table has of a delivery.
select {columns}
from {raw}
where file_id = $file_id
order by all
