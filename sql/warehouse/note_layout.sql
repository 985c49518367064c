-- One row: the layout of the file.
insert into ledger.schema_version values ($version)
