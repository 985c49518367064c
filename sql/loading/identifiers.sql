-- One row per row of a staged source: whom a column names.
select {column} as identifier
from {staged}
