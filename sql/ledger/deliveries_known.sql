-- One row per delivery of a source, or of all where it is empty: what makes their fingerprint.
select {columns}
from ledger.file
where (source = $source or $source = '') and (status <> 'refused' or $refused)
order by all
