-- ledger.looked_at: one row per raw file, against which cut-off it has been held.
create table if not exists ledger.looked_at (
    raw_file varchar not null,
    source varchar not null,
    cut_off date not null
)
