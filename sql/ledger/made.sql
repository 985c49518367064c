-- ledger.made: one row per table that may be kept, with what it was made from.
create table if not exists ledger.made (table_name varchar not null, basis varchar not null)
