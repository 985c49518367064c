-- One row per value that a person has in a column of a published table.
select {characteristic} as characteristic, cast({column} as varchar) as value, {person} as person
from {table}
where {column} is not null
