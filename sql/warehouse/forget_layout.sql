-- The layout of the file.
delete from ledger.schema_version
