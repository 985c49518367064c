-- A table of this session from the result of a query, in place of one of its name.
create or replace temp table {table} as
{rows}
