-- One row: how many rows have a value in each of some columns.
select {counts}
from {standing}
