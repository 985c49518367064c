-- At most one row: whether the open file has a table.
select 1 as has_table
from duckdb_tables()
where
    database_name = current_database()
    and not internal
    and schema_name || '.' || table_name = $table_name
