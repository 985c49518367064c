-- What the checks of a table found.
delete from ledger.checked
where table_name = $table_name
