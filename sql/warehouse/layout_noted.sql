-- One row: whether the open file notes its layout, and how many tables it has.
select
    coalesce(bool_or(schema_name || '.' || table_name = $noted_in), false) as is_noted,
    count(*) as n_tables
from duckdb_tables()
where database_name = current_database() and not temporary
