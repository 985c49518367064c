-- One row per delivered row of some files, each with rows of one delivery.
select {columns}
from read_parquet([{files}], union_by_name = true)
