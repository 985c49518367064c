-- The rows of a table that name one of some people in a column.
delete from {table}
where list_contains($people::varchar[], {column})
