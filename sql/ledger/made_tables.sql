-- One row per table that may be kept: what it was made from.
select table_name, basis
from ledger.made
