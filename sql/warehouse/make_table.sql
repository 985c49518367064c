-- A table from the result of a query, in place of one of its name.
create or replace table {table} as
{rows}
