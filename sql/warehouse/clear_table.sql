-- Every row of a table.
delete from {table}
