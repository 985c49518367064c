-- A table, where it is there.
drop table if exists {table}
