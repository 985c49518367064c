-- The rows of a delivery, in the order of a table's columns.
insert into {target}
select {columns}
from _rows
