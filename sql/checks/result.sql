-- quality.check_result: one row per table and check, what the last refresh found.
create table if not exists quality.check_result (
    table_name varchar not null,
    check_name varchar not null,
    severity varchar not null,
    passed boolean not null,
    n_checked bigint not null,
    n_failed bigint not null,
    detail varchar
)
