-- At most one row: the key of the data versions.
select key
from ledger.version_key
