-- One row per rejected value.
select value
from ledger.rejected_cell
where value is not null
