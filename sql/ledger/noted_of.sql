-- At most one row: what is noted of a source in a table that has a row per source.
select {noted} as noted
from {notes}
where source = $source
