-- One row per row of a published table, as it leaves.
select {columns}
from {table}
where {is_kept}
order by {key}
