-- One row: how many rows of a table meet each of some conditions.
select {counts}
from {table}
