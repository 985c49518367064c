-- Columns that ledger.file has got since it was first made, for warehouses of earlier versions.
alter table ledger.file add column if not exists mapping varchar;
alter table ledger.file add column if not exists is_return boolean;
alter table ledger.file add column if not exists raw_file varchar;
alter table ledger.file add column if not exists stamp varchar;
alter table ledger.file add column if not exists feed varchar;
alter table ledger.file add column if not exists n_records bigint;
alter table ledger.file add column if not exists n_skipped bigint;
alter table ledger.file add column if not exists skipped varchar;
alter table ledger.file add column if not exists withdrawn_at timestamptz;
alter table ledger.file add column if not exists told varchar;
