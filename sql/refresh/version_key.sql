-- ledger.version_key: one row, the key of the data versions.
create table if not exists ledger.version_key (key varchar not null)
