-- What a table was made from.
delete from ledger.made
where table_name = $table_name
