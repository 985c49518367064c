-- A table of another file from the result of a query; it must not be there yet.
create table {table} as
{rows}
