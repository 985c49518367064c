-- One row per broken record of a file whose text is in the ledger alone.
select line_number, value
from ledger.rejected_cell
where file_id = $file_id and column_name is null and value is not null
