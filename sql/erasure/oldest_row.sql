-- One row: the oldest day of a source's rows, and how many keys a tombstone deleted.
select min({day}) as oldest, (select count(*) from {deleted}) as n_deleted
from {staged}
