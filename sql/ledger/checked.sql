-- ledger.checked: one row per table and check, whether it passed, on which data, by which code.
create table if not exists ledger.checked (
    table_name varchar not null,
    check_name varchar not null,
    passed boolean not null,
    data_fingerprint varchar not null,
    code_version varchar not null
)
