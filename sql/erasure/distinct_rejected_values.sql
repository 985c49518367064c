-- One row per different rejected value.
select distinct value
from ledger.rejected_cell
where value is not null
