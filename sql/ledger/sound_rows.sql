-- One row per loaded file of a source, copies left aside: how many sound rows it brought.
select file_id, n_rows - n_quarantined as n_sound
from ledger.file
where source = $source and status = 'loaded' and copy_of is null
