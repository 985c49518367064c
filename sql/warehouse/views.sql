-- One row per view of a schema.
select view_name
from duckdb_views()
where schema_name = $schema_name and not internal
