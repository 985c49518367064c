-- One row: the layout of the file.
select max(version) as version
from ledger.schema_version
