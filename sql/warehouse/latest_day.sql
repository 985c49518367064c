-- One row: the latest day of a column of dates or moments, not after one where it is given.
select max(cast({column} as date)) as latest
from {table}
where cast({column} as date) <= coalesce($until, cast({column} as date))
