-- One row: the line of a file, its values in the order of the columns.
insert into ledger.file ({columns}) values ({values})
