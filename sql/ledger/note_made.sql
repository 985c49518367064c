-- One row: what a table was made from.
insert into ledger.made values ($table_name, $basis)
