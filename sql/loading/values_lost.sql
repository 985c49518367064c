-- One row: how many rows under the keys that arrived have a value in each of some columns.
select {counts}
from {standing}
where ({key}) in (select ({key}) from _arrived_keys)
