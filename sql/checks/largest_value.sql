-- One row: the largest value of a column.
select max({column}) as largest
from {staged}
