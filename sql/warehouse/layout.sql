-- ledger.schema_version: one row, the layout of the file.
create table if not exists ledger.schema_version (version integer not null)
