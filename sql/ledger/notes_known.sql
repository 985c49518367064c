-- Every row that a table has of a source, or of all where it is empty: part of their fingerprint.
from {notes}
where (source = $source or $source = '')
order by all
