-- A delivery whose rows are in a new file of raw, with fewer of them in quarantine.
update ledger.file
set raw_file = $raw_file, n_quarantined = n_quarantined - $n_quarantined
where file_id = $file_id
