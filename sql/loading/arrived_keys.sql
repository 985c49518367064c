-- temp._arrived: one row per row that arrived, its key.
create or replace temp table _arrived as
select {key}
from _rows
