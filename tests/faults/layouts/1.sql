-- The layout of the first release: the tables that aren't made anew every night, and a few rows.
-- Never change this file: it stands for warehouses that are out there.
create schema ledger;
create schema disclosure;
create schema meta;
create table disclosure.leavers(
    segment varchar,
    segment_value varchar,
    horizon_days bigint,
    n_leavers_a bigint,
    n_leavers_b bigint,
    is_told boolean
);
create table disclosure.plan(
    counts_until date,
    comparison_until date,
    cause varchar
);
create table disclosure.standing_cut(
    "until" date,
    cause varchar,
    made_at timestamp,
    settings_version varchar,
    code_version varchar
);
create table ledger.checked(
    table_name varchar not null,
    check_name varchar not null,
    passed boolean not null,
    data_fingerprint varchar not null,
    code_version varchar not null
);
create table ledger.deleted_attrition(
    employee_id varchar,
    separation_date date,
    file_id integer,
    line_number bigint
);
create table ledger.deleted_coaching_sessions(
    session_id varchar,
    file_id integer,
    line_number bigint
);
create table ledger.deleted_fatigue_surveys(
    response_id varchar,
    file_id integer,
    line_number bigint
);
create table ledger.deleted_people(
    "system" varchar,
    other_id varchar,
    file_id integer,
    line_number bigint
);
create table ledger.deleted_performance(
    employee_id varchar,
    week_start date,
    file_id integer,
    line_number bigint
);
create table ledger.deleted_roster(
    employee_id varchar,
    effective_date date,
    file_id integer,
    line_number bigint
);
create table ledger.deleted_shifts(
    employee_id varchar,
    shift_date date,
    file_id integer,
    line_number bigint
);
create table ledger.deleted_training(
    employee_id varchar,
    course varchar,
    completed_on date,
    file_id integer,
    line_number bigint
);
create table ledger.erased_alias(
    hash varchar not null
);
create table ledger.file(
    file_id integer primary key,
    "source" varchar not null,
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
    first_seen_at timestamp with time zone not null,
    loaded_at timestamp with time zone,
    is_in_landing boolean not null,
    "mapping" varchar,
    is_return boolean,
    raw_file varchar,
    stamp varchar,
    feed varchar,
    n_records bigint,
    n_skipped bigint,
    skipped varchar,
    withdrawn_at timestamp with time zone
);
create table ledger.landed(
    fingerprint varchar,
    code_version varchar
);
create table ledger.looked_at(
    raw_file varchar not null,
    "source" varchar not null,
    cut_off date not null
);
create table ledger.made_from(
    refresh_id integer not null,
    layer varchar not null,
    data_fingerprint varchar not null
);
create table ledger.merge_plan(
    "source" varchar not null,
    plan varchar
);
create table ledger.raw_view(
    "source" varchar not null,
    fingerprint varchar
);
create table ledger.refresh_run(
    refresh_id integer,
    run varchar
);
create table ledger.rejected_cell(
    file_id integer not null,
    "source" varchar not null,
    line_number bigint not null,
    "rule" varchar not null,
    column_name varchar,
    "value" varchar,
    expected varchar not null
);
create table ledger.staged(
    "source" varchar not null,
    fingerprint varchar
);
create table ledger.version_key(
    "key" varchar not null
);
create table meta.cut(
    counts_until date,
    comparison_until date,
    next_cut_on date,
    waits_for date,
    quarter_later_on date,
    is_whole_month boolean,
    data_age_days bigint,
    is_long_ago boolean,
    cause varchar,
    made_at timestamp
);
create table meta.refresh(
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
insert into ledger.file by name select
    1 as file_id, 'roster' as source, 'broken.csv' as file, repeat('ab', 32) as sha256,
    'refused' as status, 'no header' as reason, 'no header' as public_reason,
    timestamptz '2026-01-02 03:04:05+00' as first_seen_at, false as is_in_landing;
insert into ledger.refresh_run values (1, 'run-1'), (2, 'run-2');
insert into ledger.version_key values (repeat('0f', 32));
insert into meta.refresh values
    (1, '2026-01-02 03:04:05', '2026-01-02 03:05:05', 'published', '0.1.0+aaaaaaaaaaaa',
     '0123456789abcdef', '2025-12-31', 270, null, '2025-12-31', 'first'),
    (2, '2026-01-03 03:04:05', '2026-01-03 03:04:35', 'refused', '0.1.0+aaaaaaaaaaaa',
     '0123456789abcdef', null, null, null, null, null);
insert into disclosure.plan values ('2025-12-31', '2025-12-31', null);
insert into disclosure.standing_cut values
    ('2025-12-31', 'first', '2026-01-02 03:04:05', 'aaaaaaaaaaaa', '0.1.0+aaaaaaaaaaaa');
insert into meta.cut by name select
    date '2025-12-31' as counts_until, date '2025-12-31' as comparison_until, 'first' as cause,
    timestamp '2026-01-02 03:04:05' as made_at;
