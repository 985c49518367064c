-- One row: the key of the data versions.
insert into ledger.version_key values ($key)
