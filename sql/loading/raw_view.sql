-- A source's view of every delivered row that counts: one row per delivered row.
create or replace view {raw} as
{rows}
