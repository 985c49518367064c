-- One row per line of the ledger that meets a condition, in their order.
select {columns}
from ledger.file
where {condition}
order by file_id
