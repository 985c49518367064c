-- ledger.judged_up_to: one row per source and question that was answered for every row of it: up to
-- which delivery, held against what, and on which day. It outlives a change of the source's rows, as
-- what a check found (ledger.check_outcome) doesn't, and has questions that are no checks: so it is
-- a table of its own.
create table if not exists ledger.judged_up_to (
    source varchar not null,
    question varchar not null,
    up_to integer not null,
    held_against varchar not null,
    judged_on date not null
);

-- ledger.came_back: one row per question and row that came back from being set aside since.
create table if not exists ledger.came_back (
    source varchar not null,
    question varchar not null,
    file_id integer not null,
    line_number bigint not null
);
