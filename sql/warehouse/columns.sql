-- One row per column of every table of the open file, views left out.
select schema_name || '.' || table_name as table_name, column_name, data_type
from duckdb_columns()
where
    database_name = current_database()
    and not internal
    and (schema_name, table_name) in (select (schema_name, table_name) from duckdb_tables())
order by all
