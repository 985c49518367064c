-- A table of a sandbox from what is registered beside it: one row per row of that.
create table {lookup} as
from {registered}
