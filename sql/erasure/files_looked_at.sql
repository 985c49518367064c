-- One row per raw file of a source that was held against a cut-off.
select raw_file, cut_off
from ledger.looked_at
where source = $source
