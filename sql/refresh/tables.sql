-- meta.refresh: one row per refresh. ledger.refresh_run: one row per run of the nightly job, with
-- the number of its refresh.
create table if not exists meta.refresh (
    refresh_id integer,
    started_at timestamp,
    finished_at timestamp,
    status varchar,
    code_version varchar,
    data_version varchar,
    data_until date,
    n_estimates integer,
    n_estimates_changed integer,
    comparison_until date,
    cut_cause varchar
);

create table if not exists ledger.refresh_run (refresh_id integer, run varchar);
