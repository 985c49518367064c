-- The ledger's tables. Grain: ledger.file one row per file ever seen, with one content;
-- ledger.rejected_cell one row per rejected value; the others are said below.
-- Of ledger.file, `mapping` has the fingerprint of the mapping under which the file was last read,
-- NULL where none was declared; `is_return` says that it is a quarantine file that came back;
-- `raw_file` holds its rows as text; while `stamp` stays, so does its content. `feed` is NULL for
-- files with canonical columns; of a feed's file, `n_records` were delivered, `n_skipped` of them
-- left out by the recipe, and `skipped` says why; `told` is what a refresh tells of a loaded file,
-- without any delivered value.
create table if not exists ledger.file (
    file_id integer primary key,
    source varchar not null,
    file varchar not null,
    sha256 varchar,
    status varchar not null,
    reason varchar,
    public_reason varchar,
    copy_of integer,
    unknown_columns varchar,
    n_rows bigint,
    n_accepted bigint,
    n_quarantined bigint,
    n_superseded bigint,
    first_seen_at timestamptz not null,
    loaded_at timestamptz,
    is_in_landing boolean not null,
    mapping varchar,
    is_return boolean,
    raw_file varchar,
    stamp varchar,
    feed varchar,
    n_records bigint,
    n_skipped bigint,
    skipped varchar,
    withdrawn_at timestamptz,
    told varchar
);

-- What earlier versions kept here.
drop table if exists ledger.judged;
drop table if exists ledger.aside_put_back;

create table if not exists ledger.rejected_cell (
    file_id integer not null,
    source varchar not null,
    line_number bigint not null,
    rule varchar not null,
    column_name varchar,
    value varchar,
    expected varchar not null
);

-- One row per source: which delivered files its raw view shows.
create table if not exists ledger.raw_view (source varchar not null, fingerprint varchar);

-- One row per source: by which model it was last staged.
create table if not exists ledger.staged (source varchar not null, fingerprint varchar);

-- One row per name that a system has for an erased person.
create table if not exists ledger.erased_alias (hash varchar not null);

-- One row per source that several feeds deliver: how they are merged.
create table if not exists ledger.merge_plan (source varchar not null, plan varchar);

-- One row per source, file and reason: how many rows can't count yet.
create table if not exists ledger.aside_count (
    source varchar not null,
    file_id integer not null,
    reason varchar not null,
    n_rows bigint not null,
    counts_from date,
    fingerprint ubigint not null
);
