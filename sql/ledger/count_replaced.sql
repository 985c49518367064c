-- Rows of a file that newer ones took the place of: no longer accepted, but superseded.
update ledger.file
set n_accepted = n_accepted - $n_rows, n_superseded = n_superseded + $n_rows
where file_id = $file_id
