-- One row per delivered row: its typed key and its dates.
select {typed_key}, {dates}
from _delivered
