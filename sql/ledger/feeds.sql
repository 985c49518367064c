-- One row per feed that delivered, NULL for files with canonical columns.
select distinct feed
from ledger.file
